// A lead or a controller in a process of its own. The parent's first message configures it; it answers `joined`, waits for
// `go`, sends its numbered messages, answers `sent` when each of them is settled, and `seen` to whoever asks for it.
import { HubClient } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'

const { role, url, token, sessionId, count, spanMs, timings } = await new Promise((resolve) =>
  process.once('message', resolve),
)
const name = role === 'lead' ? 'event' : 'steer'
const KINDS = ['task_start', 'turn_start', 'message_end', 'agent_progress']
const WINDOW = 1_000

const seen = { requests: [], broadcasts: [], answered: [], wrong: [], errors: [], gaps: [], dials: 0 }
const numberOf = ({ data }) => data?.n

const client = new HubClient({
  transport: nodeWebSocket(),
  role,
  url,
  token,
  sessionId,
  ...timings,
  onRequest: (request) => {
    const n = numberOf(request)
    seen.requests.push(n)
    return [{ action: 'RETURN', result: n }]
  },
  onMessage: (message) => {
    if (message.type === 'broadcast') seen.broadcasts.push(numberOf(message))
  },
  onGap: (gap) => seen.gaps.push(gap),
  // Outages that the test makes are told and go by.
  onProblem: ({ code, message }) => {
    if (code !== 'hub/unreachable') seen.errors.push(`${code}: ${message}`)
  },
  onDelivery: ({ kind, count }) => seen.errors.push(`${count} messages: ${kind}`),
  onClosed: ({ error }) => error !== undefined && seen.errors.push(`${error.code}: ${error.message}`),
  onInit: () => {
    seen.dials += 1
  },
})

/** One request, carried over whatever happens; its answer says that the effect is in the log. */
async function say(n) {
  const kind = role === 'lead' ? KINDS[n % KINDS.length] : name
  try {
    const { actions } = await client.event(kind, { n }, { id: `${name}-${n}`, onDrop: 'carry', timeoutMs: 300_000 })
    const [{ action, result }] = actions
    if (role === 'lead' ? action !== 'ACK' : result !== n) seen.wrong.push({ n, actions })
    seen.answered.push(n)
  } catch (error) {
    seen.wrong.push({ n, error: `${error.code}: ${error.message}` })
  }
}

/** Evenly over the span, as long as no more than so many are unanswered. */
function sayAll() {
  return new Promise((resolve) => {
    const started = performance.now()
    let next = 1
    let settled = 0
    const tick = setInterval(() => {
      const due = Math.min(count, ((performance.now() - started) / spanMs) * count)
      while (next <= due && next - settled <= WINDOW) {
        void say(next).finally(() => {
          settled += 1
          if (settled === count) resolve()
        })
        next += 1
      }
      if (next > count) clearInterval(tick)
    }, 5)
  })
}

process.on('message', async (message) => {
  if (message === 'go') {
    await sayAll()
    process.send({ type: 'sent' })
  } else if (message === 'seen') {
    process.send({ type: 'seen', seen })
  } else if (message === 'end') {
    await client.close()
    process.disconnect()
  }
})
process.on('disconnect', () => process.exit(0))
await client.connect()
process.send({ type: 'joined', sessionId: client.sessionId })
