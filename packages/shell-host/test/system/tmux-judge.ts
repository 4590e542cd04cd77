import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { judge, show, stateOf } from '../screen/screen-state.ts'

/** What was captured, cell by cell. tmux leaves out erased cells at the end of a row, and not spaces that were written. */
function cellsOf(captured: string, columns: number, rows: number): readonly string[] {
  const terminal = judge(columns + 1, rows + 1)
  show(terminal, captured.replaceAll('\n', '\r\n'))
  const painted = stateOf(terminal)['normal']
  return Array.isArray(painted) ? painted.map((row) => String(row).replace(/(\{[^}]*\}|[ ·])+$/, '')) : []
}

/** What tmux makes of some output, text and attributes: another parser than the one that is judged. */
export function tmuxScreen(output: Uint8Array, columns: number, rows: number): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'judge-'))
  const socket = join(folder, 's')
  const tmux = (...args: readonly string[]): string => {
    const { stdout } = spawnSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], { encoding: 'utf8' })
    return stdout
  }
  try {
    writeFileSync(join(folder, 'output'), output)
    const show = `stty raw -echo; cat '${join(folder, 'output')}'; touch '${join(folder, 'done')}'; sleep 60`
    tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), show, ';', 'set', '-g', 'status', 'off')
    spawnSync('sh', ['-c', `for i in $(seq 100); do [ -e '${join(folder, 'done')}' ] && exit; sleep 0.1; done`])
    spawnSync('sleep', ['0.3'])
    return cellsOf(tmux('capture-pane', '-e', '-p'), columns, rows)
  } finally {
    tmux('kill-server')
    rmSync(folder, { recursive: true, force: true })
  }
}
