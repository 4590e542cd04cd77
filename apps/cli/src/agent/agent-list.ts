import type { HubSessionSummary } from '@holdfast/protocol/hub/rest'
import { countNoun } from '../count-noun.ts'
import { endpointOf, type GatewayFlags } from '../endpoint.ts'
import { callGateway, fieldsOf } from '../gateway/gateway-api.ts'
import { activeAt, listSessions, oneLine } from '../gateway/listings.ts'
import { type Output, outputOn } from '../output.ts'
import { ownCommand } from '../own-command.ts'
import { durationOf, tableOf } from '../table.ts'

/** `holdfast agent ls` */
export async function listAgents({ json, ...flags }: GatewayFlags): Promise<void> {
  const endpoint = endpointOf(flags)
  const out = outputOn(process.stdout)
  const sessions = (await listSessions(endpoint)).filter((one) => agentOf(one) !== undefined)
  for (const one of json === true ? sessions : []) await out.json(one)
  for (const line of json === true ? [] : linesOf(sessions, out)) await out.line(line)
  if (sessions.length > 0) return
  const { agents } = await callGateway(endpoint, 'GET', '/api/me')
  const names = Array.isArray(agents) ? agents.map(oneLine) : []
  const [first] = names
  const next =
    first === undefined
      ? `It has no agents: start it with --agent NAME=COMMAND.`
      : `Its agents: ${names.join(', ')}. Try: ${ownCommand(`agent run ${first} "…"`)}`
  await outputOn(process.stderr).line(`No agent has a session on ${endpoint.url}. ${next}`)
}

/** The agent of a session, and its folder. */
function agentOf({ metadata }: HubSessionSummary): { readonly agent: string; readonly cwd: string } | undefined {
  const { agent, cwd } = fieldsOf(fieldsOf(metadata)['acp'])
  return typeof agent === 'string' ? { agent, cwd: typeof cwd === 'string' ? cwd : '' } : undefined
}

function linesOf(sessions: readonly HubSessionSummary[], { paint }: Output): readonly string[] {
  const now = Date.now()
  const rows = sessions.map((one) => {
    const { agent, cwd } = agentOf(one) ?? { agent: '', cwd: '' }
    const { waitingQuestions = 0, sessionId } = one
    const state = waitingQuestions > 0 ? `${countNoun(waitingQuestions, 'question')} waiting` : ''
    return [oneLine(sessionId), oneLine(agent), state, `${durationOf(now - activeAt(one))} ago`, oneLine(cwd)]
  })
  const colours = [paint.bold, paint.green, paint.yellow, paint.dim]
  return tableOf(rows, (cell, column) => (colours[column] ?? String)(cell))
}
