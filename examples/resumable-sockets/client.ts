import { ReconnectingWebSocket, resumableFrames } from '@holdfast/websocket'

/** Sends orders, and shows what comes back. In a page as in Node.js. */
export function orderClient(url: string, show: (line: string) => void): ReconnectingWebSocket {
  const socket = new ReconnectingWebSocket(url, [], { wire: resumableFrames() })
  socket.onmessage = ({ data }) => show(String(data))
  // Only where the server has forgotten this client: it was restarted, or the client away for more than five minutes.
  socket.onundelivered = ({ data, state }) => show(`${state}: ${data}`)
  return socket
}
