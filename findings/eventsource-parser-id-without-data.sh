#!/usr/bin/env bash
# eventsource-parser 3.0.6 (npm), valid input: an event stream whose server sends an id alone, as servers do to move the
# position of a reader past what was filtered out for it.
# HTML standard, "interpreting an event stream": a block with `id: 7` and no data sets the last event id to 7, and every later
# event without an id of its own has it.
# Seen: the parser's onEvent is not called for the block, no other callback tells the id, and the next event has none. A client
# that takes its Last-Event-ID from the events resumes from an older position, and is sent again what it has.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent eventsource-parser@3.0.6
cat > try.mjs <<'JS'
import { createParser } from 'eventsource-parser'
const seen = []
const parser = createParser({
  onEvent: ({ id, data }) => seen.push({ event: data, id: id ?? null }),
  onRetry: (ms) => seen.push({ retry: ms }),
  onComment: (text) => seen.push({ comment: text }),
})
parser.feed('id: 7\n\n')
parser.feed('data: next\n\n')
console.log(JSON.stringify(seen))
JS
said=$(node try.mjs)
expected='[{"event":"next","id":null}]'
echo "eventsource-parser 3.0.6 says: $said"
[ "$said" = "$expected" ] || { echo "changed: expected $expected"; exit 1; }
