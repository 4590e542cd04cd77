import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { TestSequencer, TestSpecification } from 'vitest/node'

/** Seconds of the files that take longest, most of them because they wait for real time or start many programs. */
const SECONDS: Readonly<Record<string, number>> = {
  'gateway-standstill.test.ts': 83,
  'cli.test.ts': 80,
  'console-agent.test.ts': 75,
  'cli-refusal-table.test.ts': 60,
  'console-access.test.ts': 55,
  'gateway.test.ts': 55,
  'console-conversation.test.ts': 50,
  'console-shells.test.ts': 48,
  'console-manners.test.ts': 48,
  'console.test.ts': 46,
  'cli-completion.test.ts': 45,
  'cli-track.test.ts': 45,
  'cli-acp-own.test.ts': 45,
  'agents-kill.test.ts': 50,
  'console-figures.test.ts': 45,
  'cluster-chaos.test.ts': 40,
  'recordings.test.ts': 35,
  'outbox.test.ts': 36,
  'hub-once.test.ts': 35,
  'hub-load.test.ts': 35,
  'shell-chaos.test.ts': 30,
  'first-steps.test.ts': 57,
  'installed.test.ts': 50,
  'faults.test.ts': 37,
  'bounds.test.ts': 30,
  'real-agents.test.ts': 30,
  'kubernetes.test.ts': 30,
  'damage.test.ts': 29,
  // Of every store and transport.
  'conformance.test.ts': 25,
  'pty-backends.test.ts': 20,
  'memory.test.ts': 20,
  'attach.test.ts': 15,
  'outages.test.ts': 15,
  'wild-mutants.test.ts': 15,
  'load.test.ts': 10,
  'crash.test.ts': 10,
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
