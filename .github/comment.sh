#!/bin/sh
# comment.sh FILE: posts the result of a "Preview" run to its pull request, as a single comment that
# later runs edit. The token can write, so FILE is treated as untrusted input, and the pull request
# comes from GitHub's API, not from the run.
set -eu

newest='.[] | select(.headRefOid == env.HEAD_SHA and .headRepositoryOwner.login == env.HEAD_OWNER) | .number'
number=$(gh pr list --head "$HEAD_BRANCH" --json number,headRefOid,headRepositoryOwner --jq "$newest")
if [ -z "$number" ]; then
  echo "The pull request is closed or has newer commits: nothing to post"
  exit
fi

body=$(mktemp)
trap 'rm -f "$body"' EXIT
if [ -L "$1" ]; then
  # It could point to a file that is not public.
  echo "$1 is a symbolic link: nothing is posted." >&2
  exit 1
elif [ -f "$1" ]; then
  # No mentions, no hidden text, and less than GitHub's limit of 65,536 characters. iconv fails on a
  # character that head cut in two.
  space=$(printf '\342\200\213')
  sed -e 's/<!--/\&lt;!--/g' -e "s/@\([[:alnum:]_-]\)/@$space\1/g" "$1" |
    head -c 60000 | { iconv -c -f UTF-8 -t UTF-8 || true; } >"$body"
else
  echo "❌ The preview failed before it wrote a report." >"$body"
fi
printf '\nCommit %s; see [the full log](%s).\n' "$HEAD_SHA" "$RUN_URL" >>"$body"
gh pr comment "$number" --body-file "$body" --edit-last --create-if-none
