#!/bin/sh
# comment.sh FILE: puts what a run of the workflow "Preview" found onto its pull request, as the one
# comment that this project has there. It has a token that may write, so it takes FILE for what it is:
# text that a stranger wrote. Which pull request it is, GitHub says, not the run.
set -eu

newest='.[] | select(.headRefOid == env.HEAD_SHA and .headRepositoryOwner.login == env.HEAD_OWNER) | .number'
number=$(gh pr list --head "$HEAD_BRANCH" --json number,headRefOid,headRepositoryOwner --jq "$newest")
if [ -z "$number" ]; then
  echo "The pull request is closed or has newer commits: nothing to say"
  exit
fi

body=$(mktemp)
trap 'rm -f "$body"' EXIT
if [ -L "$1" ]; then
  # It could lead to what is not for the public.
  echo "$1 is a link, so nothing is written." >&2
  exit 1
elif [ -f "$1" ]; then
  # Mentions no one, hides nothing, and stays below GitHub's 65,536 characters. iconv complains
  # of a character that was cut in two.
  space=$(printf '\342\200\213')
  sed -e 's/<!--/\&lt;!--/g' -e "s/@\([[:alnum:]_-]\)/@$space\1/g" "$1" |
    head -c 60000 | { iconv -c -f UTF-8 -t UTF-8 || true; } >"$body"
else
  echo "❌ The preview ended before it could say anything." >"$body"
fi
printf '\nMade at %s; the whole is in [the log of the run](%s).\n' "$HEAD_SHA" "$RUN_URL" >>"$body"
gh pr comment "$number" --body-file "$body" --edit-last --create-if-none
