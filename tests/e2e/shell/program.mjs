// Runs in a raw terminal. Prints a keystream while it reads stdin; a zero byte on stdin ends both. The last line, always
// TRAILER bytes long, says what it saw.
import { createCipheriv, createHash } from 'node:crypto'
import { read, write, writeSync } from 'node:fs'

const TRAILER = 256
const chunkBytes = Number(process.argv[2] ?? 4096)
const pauseMs = Number(process.argv[3] ?? 5)

const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16))
const sent = createHash('sha256')
const got = createHash('sha256')
let sentBytes = 0
let gotBytes = 0
let ended = false

function writeAll(bytes, done) {
  write(1, bytes, (error, count) => {
    if (error?.code === 'EAGAIN') return setTimeout(() => writeAll(bytes, done), 1)
    if (error) process.exit(9)
    if (count < bytes.length) writeAll(bytes.subarray(count), done)
    else done()
  })
}

function print() {
  if (ended) return finish()
  const bytes = cipher.update(Buffer.alloc(chunkBytes))
  sent.update(bytes)
  sentBytes += bytes.length
  writeAll(bytes, () => setTimeout(print, pauseMs))
}

function finish() {
  const seen = { sentBytes, gotBytes, sent: sent.digest('hex'), got: got.digest('hex') }
  writeAll(Buffer.from(JSON.stringify(seen).padEnd(TRAILER)), () => process.exit(7))
}

const buffer = Buffer.alloc(65536)
function listen() {
  read(0, buffer, 0, buffer.length, null, (error, count) => {
    if (error?.code === 'EAGAIN') return setTimeout(listen, 1)
    if (error || count === 0) return process.exit(8)
    const bytes = buffer.subarray(0, count)
    const end = bytes.indexOf(0)
    const part = end < 0 ? bytes : bytes.subarray(0, end)
    got.update(part)
    gotBytes += part.length
    if (end < 0) listen()
    else ended = true
  })
}

writeSync(1, 'READY')
listen()
print()
