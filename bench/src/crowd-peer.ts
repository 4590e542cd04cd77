import { Crowd } from './crowd.ts'

/**
 * Many clients in a process of their own: `crowd-peer PORT`. Grows when asked, and says when each event of a session had
 * come to all of them.
 */
const crowd = new Crowd(Number(process.argv[2]), '')

interface Grow {
  readonly grow: number
  readonly kind: 'observer' | 'lead'
  readonly tokens: readonly string[]
  readonly sessions: readonly string[]
}

function isGrow(asked: unknown): asked is Grow {
  return typeof asked === 'object' && asked !== null && 'grow' in asked
}

process.on('message', async (asked) => {
  if (isGrow(asked)) {
    const { grow, kind, tokens, sessions } = asked
    await crowd.grow(grow, (at) => {
      const token = tokens[at % tokens.length] ?? ''
      return kind === 'lead'
        ? crowd.socketLead(token)
        : crowd.socketObserver(sessions[at % sessions.length] ?? '', token)
    })
    process.send?.({ size: crowd.size })
  } else if (typeof asked === 'object' && asked !== null && 'say' in asked) {
    await crowd.say(Number(asked.say), 'of' in asked ? Number(asked.of) : undefined)
    process.send?.({})
  } else if (asked === 'arrivals') {
    process.send?.({ arrivals: [...crowd.arrivals], delivered: crowd.delivered })
  }
})
process.on('disconnect', () => process.exit(0))
process.send?.({})
