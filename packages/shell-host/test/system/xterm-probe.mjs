// Runs in an xterm: prints each of the questions on a fresh screen, and writes down what the terminal types.
import { readFileSync, writeFileSync } from 'node:fs'

const [, , questions, answers] = process.argv
const END = '\u001b[0n'
let typed = ''
let heard = () => {}
process.stdin.setRawMode(true)
process.stdin.on('data', (bytes) => {
  typed += bytes.toString('latin1')
  heard()
})

/** What is typed up to the answer to a question that every terminal answers. */
async function answered(output) {
  typed = ''
  // Whatever the output has left open ends before.
  process.stdout.write(Buffer.from(`${output}\u001b\\\u0018\u001b[5n`, 'latin1'))
  while (!typed.endsWith(END)) await new Promise((resolve) => (heard = resolve))
  return typed.slice(0, -END.length)
}

const said = {}
for (const [name, output] of Object.entries(JSON.parse(readFileSync(questions, 'utf8')))) {
  await answered('\u001bc\u001b[!p')
  said[name] = await answered(output)
}
writeFileSync(answers, JSON.stringify(said))
process.exit(0)
