import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const NAME = 'holdfast'
/** What npm puts before the path while it runs something: a command that is typed later does not have it there. */
const OF_NPM = /[\\/]node_modules[\\/]\.bin[\\/]?$|[\\/]node-gyp-bin[\\/]?$/

/**
 * What people type on this machine to run the command line: `holdfast` where it is on their path, else `npx holdfast`, which
 * works in a checkout and wherever it is a dependency.
 *
 * @param path folders, as in `PATH`
 */
export function commandName(path: string = process.env['PATH'] ?? ''): string {
  const folders = path.split(delimiter).filter((folder) => folder !== '' && !OF_NPM.test(folder))
  const names = process.platform === 'win32' ? [`${NAME}.cmd`, `${NAME}.exe`] : [NAME]
  return folders.some((folder) => names.some((name) => isExecutable(join(folder, name)))) ? NAME : `npx ${NAME}`
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
