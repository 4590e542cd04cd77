import type { ClientCheck } from '../checking/client-check.ts'
import { INPUT_ROWS } from './client/input-rows.ts'
import { OUTPUT_ROWS } from './client/output-rows.ts'
import { ShellClientScene } from './client-scene.ts'

/** What a client of the shell's wire has to do. */
export const SHELL_CLIENTS: ClientCheck<ShellClientScene> = {
  rows: [...OUTPUT_ROWS, ...INPUT_ROWS],
  open: (target) => ShellClientScene.open(target),
}
