import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { TestSequencer, TestSpecification } from 'vitest/node'

/** Seconds of the files that take longest, most of them because they wait for real time or start many programs. */
const SECONDS: Readonly<Record<string, number>> = {
  'gateway-standstill.test.ts': 83,
  'cli-agent.test.ts': 42,
  'installed.test.ts': 36,
  'cli-acp-own.test.ts': 35,
  'console-agent.test.ts': 33,
  'store.test.ts': 29,
  'console-manners.test.ts': 29,
  'memory.test.ts': 27,
  'cli-refusals.test.ts': 26,
  'cli-paste.test.ts': 26,
  'tabs.test.ts': 25,
  'console-shells.test.ts': 25,
  'cli.test.ts': 25,
  'console-outages.test.ts': 23,
  'console-headless.test.ts': 23,
  'cluster-chaos.test.ts': 23,
  'console.test.ts': 22,
  'console-access.test.ts': 22,
  'console-terminal.test.ts': 21,
  'real-sockets.test.ts': 20,
  'first-steps.test.ts': 20,
  'faults.test.ts': 20,
  'console-conversation.test.ts': 20,
  'shell-chaos.test.ts': 18,
  'wild-mutants.test.ts': 16,
  'published-defects.test.ts': 16,
  'cli-track.test.ts': 16,
  'cli-leaves.test.ts': 16,
  'sharing.test.ts': 15,
  'sessions.test.ts': 15,
  'conformance.test.ts': 15,
  'cli-outages.test.ts': 15,
  'cli-manage.test.ts': 15,
  'cli-doctor.test.ts': 15,
  'real-agents.test.ts': 14,
  'mutants.test.ts': 14,
  'cluster.test.ts': 14,
  'acp-kill.test.ts': 14,
  'release.test.ts': 13,
  'recordings.test.ts': 13,
  'console-entry.test.ts': 13,
  'publish-shape.test.ts': 12,
  'cli-share.test.ts': 12,
  'cli-acp.test.ts': 12,
  'restarts.test.ts': 11,
  'published-rest.test.ts': 11,
  'cli-type-ahead.test.ts': 11,
  'cli-interrupt.test.ts': 11,
  'shell-process.test.ts': 10,
  'hub-once.test.ts': 10,
  'cli-completion.test.ts': 10,
}

/** What takes longest begins first, so that no worker has it alone at the end; of the others the largest. */
export class LongestFirst implements TestSequencer {
  async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const weighed = await Promise.all(files.map(async (file) => ({ file, ...(await weightOf(file.moduleId)) })))
    return weighed.sort((a, b) => b.seconds - a.seconds || b.bytes - a.bytes).map(({ file }) => file)
  }

  async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files
  }
}

async function weightOf(path: string): Promise<{ readonly seconds: number; readonly bytes: number }> {
  return { seconds: SECONDS[basename(path)] ?? 0, bytes: (await stat(path)).size }
}
