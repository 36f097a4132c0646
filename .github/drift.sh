#!/bin/sh
# drift.sh STACK: compares the cluster with the last update, and keeps one issue about the difference up to date.
set -eu

TITLE="Drift in stack $1"
export TITLE
output=$(mktemp)
body=$(mktemp)
trap 'rm -f "$output" "$body"' EXIT

code=0
NO_COLOR=1 npm run --silent todo -- drift --stack "$1" >"$output" 2>&1 || code=$?
cat "$output"
# 0: none, 2: drift; anything else is no comparison, and leaves the issue as it is.
case $code in
0 | 2) ;;
*) exit "$code" ;;
esac

number=$(gh issue list --state open --label drift --json number,title \
  --jq '[.[] | select(.title == env.TITLE)][0].number // empty')
if [ "$code" -eq 0 ]; then
  [ -z "$number" ] || gh issue close "$number" --comment "No drift any more; see [the log]($RUN_URL)."
  exit
fi

# Indented, so that nothing in it is Markdown, and less than GitHub's limit of 65,536 characters.
{
  printf 'The cluster differs from what was deployed (expected → actual); see [the log](%s).\n\n' "$RUN_URL"
  sed 's/^/    /' "$output" | head -c 60000 | { iconv -c -f UTF-8 -t UTF-8 || true; }
} >"$body"
if [ -n "$number" ]; then
  gh issue edit "$number" --body-file "$body"
else
  gh label create drift --force --description "The cluster differs from what was deployed"
  gh issue create --title "$TITLE" --label drift --body-file "$body"
fi
