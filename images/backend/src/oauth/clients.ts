import * as z from "zod";

import { nobody, type Database, type Statement } from "../database/database.ts";
import { text } from "../http/text.ts";

/** An app that has registered itself. */
export interface Client {
  readonly id: string;
  /** As the app calls itself: anybody can choose any name. */
  readonly name: string;
  readonly redirectUris: readonly string[];
}

/** Most registered clients; unused ones make room after a day. */
const mostClients = 10_000;

const create: Statement = {
  name: "create client",
  text: `SELECT todo.create_client($1, $2, ${mostClients}) AS id`,
};
const find: Statement = {
  name: "find client",
  text: `SELECT id, name, redirect_uris AS "redirectUris" FROM todo.find_client($1)`,
};

const redirectUri = z.string().max(500).refine(isAllowedRedirect, {
  error: "must be an https URL, or http on 127.0.0.1, [::1] or localhost, without user or fragment",
});

/** What a client says about itself (RFC 7591, 2); other fields are ignored. */
export const registration = z.looseObject({
  client_name: text({ min: 1, max: 100 }).default("An app without a name"),
  redirect_uris: z.array(redirectUri).min(1).max(10),
});

/** The apps that have registered. */
export class ClientStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Returns the new client's id; undefined if there are too many. */
  async create(name: string, redirectUris: readonly string[]): Promise<string | undefined> {
    const values = [name, redirectUris];
    const [row] = await this.#database.query<{ id: string | null }>(nobody, create, values);
    return row?.id ?? undefined;
  }

  async find(id: string): Promise<Client | undefined> {
    if (!z.uuid().safeParse(id).success) return undefined;
    return (await this.#database.query<Client>(nobody, find, [id]))[0];
  }
}

/** Whether a client registered this URI: exactly, but with any port on loopback (RFC 8252, 7.3). */
export function isRegistered({ redirectUris }: Client, uri: string): boolean {
  if (redirectUris.includes(uri)) return true;
  if (!isAllowedRedirect(uri) || !isLoopback(new URL(uri))) return false;
  const bare = withoutPort(uri);
  return redirectUris.some((each) => isLoopback(new URL(each)) && withoutPort(each) === bare);
}

/** Whether codes may be sent there: nowhere that others can read it on the way. */
function isAllowedRedirect(uri: string): boolean {
  const url = URL.parse(uri);
  // A URL that has to be repaired could mean something else to whoever compares it.
  if (url === null || /[\s\\]/.test(uri) || uri.includes("#")) return false;
  if (url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || isLoopback(url);
}

function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === "http:" && ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
}

function withoutPort(uri: string): string {
  const url = new URL(uri);
  url.port = "";
  return url.href;
}
