import type { ConnectedApp } from "../api/access.ts";
import type { Api } from "../api/client.ts";
import { describeMoment } from "../lib/dates.ts";
import { describeUse, GrantList } from "./GrantList.tsx";

/** Apps that the user has allowed to act on the list; each can be disconnected. */
export function ConnectedApps({ api }: { readonly api: Api }) {
  return (
    <>
      <p className="quiet">
        Apps that signed in by themselves, such as assistants by MCP. A new password does not
        disconnect them.
      </p>
      <GrantList
        load={api.connectedApps}
        describe={describe}
        revoke={api.disconnectApp}
        none="There are none."
      />
    </>
  );
}

function describe({ name, scopes, createdAt, lastUsedAt }: ConnectedApp) {
  const access = scopes.includes("write") ? "Reads and changes" : "Reads";
  return {
    name,
    details: `${access}, since ${describeMoment(createdAt)}, ${describeUse(lastUsedAt)}`,
  };
}
