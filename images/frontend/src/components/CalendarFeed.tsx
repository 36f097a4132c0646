import { useCallback, useEffect, useState } from "react";

import type { CalendarFeed as Feed } from "../api/access.ts";
import type { Api } from "../api/client.ts";
import { describeMoment } from "../lib/dates.ts";
import { useForm } from "../state/useForm.ts";
import { reasonOf } from "../state/useTasks.ts";
import { describeUse } from "./GrantList.tsx";
import { SecretField } from "./SecretField.tsx";

/** The secret address at which calendars read the due dates. */
export function CalendarFeed({ api }: { readonly api: Api }) {
  const [feed, setFeed] = useState<Feed>();
  const [url, setUrl] = useState<string>();
  const [failure, setFailure] = useState<string>();
  const load = useCallback(() => {
    api.calendarFeed().then(setFeed, (error: unknown) => {
      setFailure(reasonOf(error));
    });
  }, [api]);
  useEffect(load, [load]);

  const renew = useForm(async () => {
    setUrl((await api.renewCalendarFeed()).url);
    load();
  });
  const revoke = useForm(async () => {
    await api.revokeCalendarFeed();
    setUrl(undefined);
    load();
  });
  const createdAt = feed?.createdAt ?? undefined;
  return (
    <>
      <p className="quiet">
        An address that calendar apps subscribe to. Whoever has it can read your due dates.
      </p>
      {createdAt !== undefined && (
        <p>
          Created {describeMoment(createdAt)}, {describeUse(feed?.lastUsedAt ?? null)}
        </p>
      )}
      {url !== undefined && <SecretField label="Its address" value={url} />}
      <p className="failure" role="alert">
        {renew.failure ?? revoke.failure ?? failure}
      </p>
      <div className="form-actions">
        {createdAt !== undefined && (
          <form onSubmit={revoke.submit}>
            <button type="submit" className="button" disabled={revoke.busy}>
              Revoke the address
            </button>
          </form>
        )}
        <form onSubmit={renew.submit}>
          <button type="submit" className="button" disabled={renew.busy}>
            {createdAt === undefined ? "Create an address" : "Renew the address"}
          </button>
        </form>
      </div>
    </>
  );
}
