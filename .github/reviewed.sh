#!/bin/sh
# reviewed.sh STACK: finds what was reviewed in the pull request that this commit merged, and passes it to the next
# steps: REVIEWED, the digest in the comment on the pull request's last commit, and DIGESTS, the preview's file of
# digests, which may be gone. With GIVEN, a digest that someone has entered, it takes that one.
set -eu

digests=$RUNNER_TEMP/reviewed/digests.json
if [ -n "${GIVEN:-}" ]; then
  echo "REVIEWED=$GIVEN" >>"$GITHUB_ENV"
  echo "DIGESTS=$digests" >>"$GITHUB_ENV"
  exit
fi

merged='[.[] | select(.merged_at != null and .merge_commit_sha == env.SHA)][0] | select(. != null) | "\(.number) \(.head.sha)"'
pull=$(gh api "repos/$GH_REPO/commits/$SHA/pulls" --jq "$merged")
if [ -z "$pull" ]; then
  echo "No pull request merged commit $SHA, so nothing was reviewed. Run the workflow by hand, with the digest." >&2
  exit 1
fi
number=${pull% *}
HEAD=${pull#* }
export HEAD

# The bot's own comment, for the commit that was merged.
newest='.[] | select(.user.login == "github-actions[bot]" and (.body | contains("\nCommit \(env.HEAD); see "))) | .body'
comment=$(gh api "repos/$GH_REPO/issues/$number/comments" --paginate --jq "$newest")
reviewed=$(printf '%s\n' "$comment" | grep -m1 "^| \`$1\` | \`sha256:[0-9a-f]\{64\}\` |" |
  grep -o 'sha256:[0-9a-f]*') || {
  echo "Pull request $number has no comment with a digest of stack $1 for its last commit, $HEAD." >&2
  echo "Run the workflow by hand, with the digest." >&2
  exit 1
}

run=$(gh api "repos/$GH_REPO/actions/workflows/preview.yml/runs?event=pull_request&head_sha=$HEAD" \
  --jq '.workflow_runs[0].id // empty')
if [ -z "$run" ] || ! gh run download "$run" --name preview --dir "$RUNNER_TEMP/reviewed"; then
  echo "The preview's file of digests is gone: a difference can't be named."
fi
echo "REVIEWED=$reviewed" >>"$GITHUB_ENV"
echo "DIGESTS=$digests" >>"$GITHUB_ENV"
echo "Pull request $number was reviewed with $reviewed"
