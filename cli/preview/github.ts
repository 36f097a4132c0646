/** A repository on GitHub, and a token that may comment there. */
export interface Repository {
  /** Like `https://api.github.com`. */
  readonly api: string;
  /** Like `owner/name`. */
  readonly name: string;
  readonly token: string;
}

/** The run of a workflow that looked at a pull request, as GitHub tells of it. */
export interface WorkflowRun {
  readonly head_sha: string;
  readonly head_branch: string;
  readonly head_repository: { readonly owner: { readonly login: string } } | null;
  readonly html_url: string;
}

/** First line of our comments, by which the next run finds its own. */
const mark = "<!-- todo-chatbot: pull request -->";

/** Below the 65,536 characters that GitHub takes; what we write is shorter still. */
const maxLength = 60_000;

/** Who comments with the token of a workflow. */
const author = "github-actions[bot]";

/**
 * Number of the open pull request that a run looked at; undefined when it is closed, or has newer
 * commits by now. Asks GitHub, because what the run itself says can't be trusted.
 */
export async function pullRequestOf(
  repository: Repository,
  run: WorkflowRun,
): Promise<number | undefined> {
  const owner = run.head_repository?.owner.login;
  if (owner === undefined) return undefined;
  const head = encodeURIComponent(`${owner}:${run.head_branch}`);
  const open = await call<{ number: number; head: { sha: string } }[]>(
    repository,
    "GET",
    `pulls?state=open&head=${head}`,
  );
  return open.find((pull) => pull.head.sha === run.head_sha)?.number;
}

/**
 * Writes the one comment that this project has on a pull request: edits it where it is there.
 *
 * @param body Markdown from a run that nobody vouches for; it can mention no one
 * @returns the comment's address
 */
export async function writeComment(
  repository: Repository,
  pullRequest: number,
  body: string,
): Promise<string> {
  const text = `${mark}\n${harmless(body)}`;
  const own = await ownComment(repository, pullRequest);
  const { html_url } = await call<{ html_url: string }>(
    repository,
    own === undefined ? "POST" : "PATCH",
    own === undefined ? `issues/${pullRequest}/comments` : `issues/comments/${own}`,
    { body: text },
  );
  return html_url;
}

/** Text without mentions and without HTML comments, cut to what GitHub takes. */
function harmless(text: string): string {
  const zeroWidthSpace = "\u200B";
  return text
    .replaceAll("<!--", "&lt;!--")
    .replace(/@(?=[\w-])/g, `@${zeroWidthSpace}`)
    .slice(0, maxLength)
    .toWellFormed();
}

async function ownComment(repository: Repository, pullRequest: number) {
  for (let page = 1; ; page += 1) {
    const comments = await call<{ id: number; body?: string; user: { login: string } | null }[]>(
      repository,
      "GET",
      `issues/${pullRequest}/comments?per_page=100&page=${page}`,
    );
    // Anybody may write the mark; only the workflow writes under its name.
    const own = comments.find(({ body, user }) => user?.login === author && body?.startsWith(mark));
    if (own !== undefined || comments.length < 100) return own?.id;
  }
}

async function call<T>(
  { api, name, token }: Repository,
  method: "GET" | "POST" | "PATCH",
  path: string,
  body?: object,
): Promise<T> {
  const response = await fetch(`${api}/repos/${name}/${path}`, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${token}`,
      "x-github-api-version": "2022-11-28",
      ...(body && { "content-type": "application/json" }),
    },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) {
    throw new Error(
      `GitHub answers ${method} ${path} with status ${response.status}: ${(await response.text()).slice(0, 300)}`,
    );
  }
  return (await response.json()) as T;
}
