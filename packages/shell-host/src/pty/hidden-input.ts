import { spawn } from 'node:child_process'

const LOOK_MS = 2_000

/**
 * Whether what is typed into a terminal is taken by lines and not shown, as at a question for a password (termios(3): ICANON
 * without ECHO). stty(1) says it: Node cannot ask. `undefined` where it does not.
 *
 * @param terminal an open file descriptor of the terminal
 */
export function hidesInput(terminal: number): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C' }
    const stty = spawn('stty', ['-a'], { stdio: [terminal, 'pipe', 'ignore'], env, timeout: LOOK_MS })
    let said = ''
    stty.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1')
    })
    stty.on('error', () => resolve(undefined))
    stty.on('close', (code) => resolve(code === 0 ? isHidden(said) : undefined))
  })
}

function isHidden(settings: string): boolean {
  const words = new Set(settings.split(/[\s;]+/))
  return words.has('-echo') && words.has('icanon')
}
