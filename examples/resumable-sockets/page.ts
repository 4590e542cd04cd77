import { orderClient } from './client.ts'

const lines = document.body.appendChild(document.createElement('ol'))
const socket = orderClient(`ws://${location.hash.slice(1)}`, (line) => {
  lines.appendChild(document.createElement('li')).textContent = line
})
let n = 0
setInterval(() => n < 40 && socket.send(`order ${++n}`), 50)
