import { parentPort } from 'node:worker_threads'
import { ScreenDesk } from './screen-desk.ts'
import type { ToScreens } from './screen-messages.ts'

const port = parentPort
if (port !== null) {
  const desk = new ScreenDesk({ say: (message) => port.postMessage(message), soon: (run) => void setImmediate(run) })
  port.on('message', (message: ToScreens) => desk.receive(message))
}
