import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AcpAgents, acpEndpoint, LocalPrograms } from '@holdfast/acp-host'
import { memoryLog } from '@holdfast/log'
import { attachEndpoints } from '@holdfast/server'
import { killTree, SHELL_MARK } from '@holdfast/shell-host'
import { build } from 'esbuild'
import { type OurHub, TOKEN } from './our-hub.ts'

/** The agent of the check as a program, out of the sources. */
async function agentProgram(folder: string): Promise<string> {
  const outfile = join(folder, 'agent.mjs')
  await build({
    stdin: {
      contents: "import { runAgent } from './run-agent.ts'; await runAgent(process.stdin, process.stdout)",
      resolveDir: join(import.meta.dirname, '../src/acp'),
    },
    ...{ outfile, bundle: true, format: 'esm', platform: 'node' },
  })
  return outfile
}

/** A gateway's endpoint of ours, with the agent of the check. */
export async function startOurAcp(): Promise<OurHub> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-conformance-'))
  const log = memoryLog()
  const programs = new LocalPrograms({
    tools: { markName: SHELL_MARK, endTree: (tree, options) => killTree(tree, options) },
  })
  const agents = new AcpAgents({
    log,
    programs,
    sessions: {
      may: async () => true,
      create: async (id, info) => void (await log.createSession(id, info)),
      lead: async (id) => {
        const lease = await log.lease(id, 'conformance', 60_000)
        if (lease.outcome === 'held') throw new Error('held')
        return { fence: lease.fence, makeRoom: async () => {}, release: () => void lease.release() }
      },
    },
    // As in the hub: each row makes sessions.
    limits: { maxSessions: 100_000 },
    agents: [
      { name: 'conformance', command: [process.execPath, await agentProgram(folder)], env: {}, folders: [folder] },
    ],
  })
  await agents.start()
  const scopes = new Set(['lead', 'control', 'observe'] as const)
  const endpoint = acpEndpoint({
    service: agents,
    authenticate: ({ bearer }) => (bearer === TOKEN ? { id: 'p', scopes } : undefined),
    // A row sends as much, over and over.
    limits: { maxFrameBytes: 131_072 },
  })
  const server = createServer()
  const detach = attachEndpoints(server, { upgrades: [endpoint.upgrade], requests: [endpoint.request] })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      endpoint.close()
      detach()
      await programs.close()
      await agents.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await log.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
