import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App.tsx";
import { applyTheme } from "./lib/theme.ts";
import "./styles/base.css";
import "./styles/welcome.css";
import "./styles/workspace.css";
import "./styles/chat.css";
import "./styles/tasks.css";
import "./styles/print.css";

applyTheme();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root.");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
