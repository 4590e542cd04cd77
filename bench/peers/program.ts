import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A port without a listener. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A server of its own process, once it listens. */
export async function startProgram(
  path: string,
  args: readonly string[],
  port: number,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ChildProcess> {
  const program = spawn(path, [...args], { stdio: 'ignore', env })
  process.once('exit', () => program.kill('SIGKILL'))
  for (let tries = 0; tries < 200; tries += 1) {
    if (await isListening(port)) return program
    await pause(50)
  }
  throw new Error(`${path} does not listen on ${port}.`)
}

export async function stopProgram(program: ChildProcess): Promise<void> {
  const gone = once(program, 'exit')
  program.kill()
  await gone
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
