#!/usr/bin/env node
// The `holdfast` command of this checkout, as `npx holdfast`: what `npm start` or a build has made, whichever is newer.
import { statSync } from 'node:fs'

/** The one that can be packed, and the one that the tests run. */
const MADE = ['../build/dist/holdfast.js', '../apps/cli/dist/main.js']

const age = (path) => statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0
const [newest = ''] = MADE.toSorted((one, other) => age(other) - age(one))
if (age(newest) > 0) await import(newest)
else {
  process.stderr.write('holdfast: nothing is built here yet. Run: npm start\n')
  process.exitCode = 1
}
