import { ReauthDialog } from "./components/ReauthDialog.tsx";
import { Welcome } from "./components/Welcome.tsx";
import { Workspace } from "./components/Workspace.tsx";
import { useSession } from "./state/session.ts";

export function App() {
  const session = useSession();
  const { user } = session;
  if (user === undefined) return <Welcome session={session} />;
  return (
    <>
      <Workspace key={user.id} session={session} user={user} />
      {session.expired && <ReauthDialog session={session} user={user} />}
    </>
  );
}
