import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const packages = join(import.meta.dirname, '../../packages')

/** The names that an entry of a package promises, types among them: `exportedNames('protocol', './hub')`. */
export function exportedNames(folder: string, entry = '.'): readonly string[] {
  return [...new Set(namesOf(join(packages, folder, sourceOf(folder, entry))))].sort()
}

function sourceOf(folder: string, entry: string): string {
  const { exports }: { exports: Readonly<Record<string, { readonly '@holdfast/source'?: string }>> } = JSON.parse(
    readFileSync(join(packages, folder, 'package.json'), 'utf8'),
  )
  const source = exports[entry]?.['@holdfast/source']
  if (source === undefined) throw new Error(`${folder} has no entry ${entry}`)
  return source
}

/** Of a file that says each of them: nobody here exports a default, or something without a name. */
function namesOf(path: string): readonly string[] {
  const text = readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = '']) =>
    list.split(',').flatMap((one) => one.trim().split(/\s+/).at(-1) || []),
  )
  const declared = [
    ...text.matchAll(
      /^export (?:declare )?(?:abstract )?(?:async )?(?:const|function\*?|class|interface|type|enum) (\w+)/gm,
    ),
  ].map(([, name = '']) => name)
  const others = [...text.matchAll(/^export (?:type )?\* from '([^']+)'/gm)].flatMap(([, from = '']) =>
    namesOf(pathOf(path, from)),
  )
  return [...lists, ...declared, ...others]
}

function pathOf(file: string, from: string): string {
  if (from.startsWith('.')) return join(dirname(file), from)
  const [, folder = '', entry] = /^@holdfast\/([\w-]+)(\/.*)?$/.exec(from) ?? []
  return join(packages, folder, sourceOf(folder, entry === undefined ? '.' : `.${entry}`))
}
