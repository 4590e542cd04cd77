#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { CannotCreate, createProject } from './create-project.ts'
import { isTemplateName, TEMPLATES, type TemplateName } from './templates.ts'

const LIST = Object.entries(TEMPLATES).map(([name, what]) => `  ${name.padEnd(8)}${what}`)
const HELP = `Usage: npm create holdfast FOLDER -- [--template NAME] [--packages FOLDER]

Begins a project that installs, builds and passes its tests.

Templates:
${LIST.join('\n')}

Options:
  --template NAME    one of them; asked for in a terminal
  --packages FOLDER  install packed packages (pnpm pack:all FOLDER) in place of published ones
  -h, --help
`

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      template: { type: 'string' },
      packages: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const [folder] = positionals
  if (values.help === true) return void process.stdout.write(HELP)
  if (folder === undefined) throw new CannotCreate(`Expected the name of a folder.\n\n${HELP}`)
  const template = isTemplateName(values.template) ? values.template : await askedTemplate(values.template)
  createProject({ folder, template, version: ownVersion(), packages: values.packages })
  process.stdout.write(`Made ${folder}: ${TEMPLATES[template]}. Next:\n\n  cd ${folder}\n  npm install\n  npm test\n`)
}

async function askedTemplate(given: string | undefined): Promise<TemplateName> {
  const known = Object.keys(TEMPLATES).join(', ')
  if (given !== undefined) throw new CannotCreate(`There is no template "${given}". There are: ${known}.`)
  if (!process.stdin.isTTY) throw new CannotCreate(`Expected --template with one of: ${known}.`)
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await lines.question(`${LIST.join('\n')}\nWhich one? `)
  lines.close()
  const name = answer.trim()
  return isTemplateName(name) ? name : askedTemplate(name)
}

function ownVersion(): string {
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return version
}

await main().catch((error: unknown) => {
  const isKnown = error instanceof CannotCreate || (error instanceof TypeError && 'code' in error)
  if (!isKnown) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
