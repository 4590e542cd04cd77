// Runs one command through @kubernetes/client-node, unchanged. argv[2]: the run as JSON. Prints what came of it as JSON.
import { PassThrough, Readable, Writable } from 'node:stream'
import { Exec, KubeConfig } from '@kubernetes/client-node'
import WebSocket from 'ws'

const run = JSON.parse(process.argv[2])
const config = new KubeConfig()
config.loadFromOptions({
  clusters: [{ name: 'c', server: run.server, skipTLSVerify: true }],
  users: [{ name: 'u', token: run.token }],
  contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
  currentContext: 'x',
})

const collected = (into) => {
  const chunks = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk)
      into(Buffer.concat(chunks))
      done()
    },
  })
  return stream
}

const result = { stdout: '', stdoutBytes: 0, stderr: '', status: undefined, protocol: '', closeCode: undefined }
const stdout = collected((bytes) => {
  result.stdoutBytes = bytes.length
  if (bytes.length < 10_000) result.stdout = bytes.toString()
})
const stderr = collected((bytes) => {
  result.stderr = bytes.toString()
})
if (run.terminal !== undefined) Object.assign(stdout, { columns: run.terminal.columns, rows: run.terminal.rows })

// In the pieces that a file's stream gives: 64 KiB, which with the channel byte is more than 64 KiB.
const pieces = function* (bytes) {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}
const input = () => Readable.from(pieces(Buffer.from((run.stdin ?? '').repeat(run.repeat ?? 1))))
const stdin = run.stdin === undefined ? null : run.open ? new PassThrough() : input()
if (run.open) stdin.write(run.stdin)

const exec = new Exec(config)
// What its own socket factory would do, with only v4 on offer.
if (run.v4)
  exec.handler.socketFactory = (uri, _protocols, options) => new WebSocket(uri, ['v4.channel.k8s.io'], options)
const socket = await exec.exec(
  'default',
  'pod',
  'main',
  run.command,
  stdout,
  run.tty ? null : stderr,
  stdin,
  run.tty,
  (status) => {
    result.status = status
  },
)
result.protocol = socket.protocol
await new Promise((resolve) => {
  socket.onclose = (event) => {
    result.closeCode = event.code
    resolve()
  }
})
process.stdout.write(JSON.stringify(result))
process.exit(0)
