// The published server as it is, behind a word on its standard error: which process it is.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'

process.stderr.write(`pid ${process.pid}\n`)
// A server that ends as it begins, for as long as the test wants that.
const [closedWhile] = process.argv.filter((one) => one.startsWith('--closed-while='))
if (closedWhile !== undefined && existsSync(closedWhile.slice('--closed-while='.length))) process.exit(1)
createRequire(import.meta.url)('vscode-json-languageserver')
