import { useState } from "react";

import type { AccessToken } from "../api/access.ts";
import type { Api } from "../api/client.ts";
import { describeMoment } from "../lib/dates.ts";
import { useForm } from "../state/useForm.ts";
import { describeUse, GrantList } from "./GrantList.tsx";
import { SecretField } from "./SecretField.tsx";

const lifetimes = [7, 30, 90, 365];

/** Personal access tokens: listed, created and revoked. */
export function AccessTokens({ api }: { readonly api: Api }) {
  const [name, setName] = useState("");
  const [canWrite, setCanWrite] = useState(false);
  const [days, setDays] = useState(90);
  const [token, setToken] = useState<string>();
  const { busy, failure, submit } = useForm(async () => {
    const scopes = canWrite ? (["read", "write"] as const) : (["read"] as const);
    setToken((await api.createAccessToken({ name: name.trim(), scopes, days })).token);
    setName("");
  });
  return (
    <>
      <p className="quiet">
        For scripts and apps that ask for a token for the API or MCP. A new password does not end
        them.
      </p>
      <GrantList
        load={api.accessTokens}
        version={token}
        describe={describe}
        revoke={api.revokeAccessToken}
        none="There are none."
      />
      <form className="form" onSubmit={submit}>
        {token !== undefined && <SecretField label="Your new token" value={token} />}
        <label className="field">
          <span>What it is for</span>
          <input
            type="text"
            autoComplete="off"
            required
            maxLength={100}
            value={name}
            onChange={(event) => {
              setName(event.target.value);
            }}
          />
        </label>
        <div className="field-pair">
          <label className="field">
            <span>It may</span>
            <select
              value={canWrite ? "write" : "read"}
              onChange={(event) => {
                setCanWrite(event.target.value === "write");
              }}
            >
              <option value="read">read</option>
              <option value="write">read and change</option>
            </select>
          </label>
          <label className="field">
            <span>It ends after</span>
            <select
              value={days}
              onChange={(event) => {
                setDays(Number(event.target.value));
              }}
            >
              {lifetimes.map((each) => (
                <option key={each} value={each}>
                  {each} days
                </option>
              ))}
            </select>
          </label>
        </div>
        <p className="failure" role="alert">
          {failure}
        </p>
        <div className="form-actions">
          <button type="submit" className="button button-primary" disabled={busy}>
            Create a token
          </button>
        </div>
      </form>
    </>
  );
}

function describe({ name, scopes, lastUsedAt, expiresAt }: AccessToken) {
  const access = scopes.includes("write") ? "Read and change" : "Read";
  const end = Date.parse(expiresAt) < Date.now() ? "ended" : "ends";
  return {
    name,
    details: `${access}, ${end} ${describeMoment(expiresAt)}, ${describeUse(lastUsedAt)}`,
  };
}
