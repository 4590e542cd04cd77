import type { Duplex } from 'node:stream'
import { HoldfastError } from '@holdfast/contract'
import { acpError } from '../errors.ts'
import type { ProgramSink } from './agent-programs.ts'
import { messageFrame, outputFrame, readFrames } from './frames.ts'
import type { LocalProgram } from './local-program.ts'
import type { LocalPrograms } from './local-programs.ts'
import type { ProgramCall, ProgramNotice } from './program-calls.ts'

/** Lets one user of this process work with its programs, over a stream that others cannot reach. */
export function servePrograms(programs: LocalPrograms, stream: Duplex): void {
  const notify = (notice: ProgramNotice): void => void stream.write(messageFrame(notice))
  const readers = new Map<LocalProgram, ProgramSink>()
  const run = async (call: ProgramCall): Promise<unknown> => {
    if (call.name === 'find') return (await programs.find(call.asked.name))?.state ?? null
    if (call.name === 'start') return (await programs.start(call.asked)).state
    const program = programs.byId(call.asked.program)
    if (program === undefined) throw acpError('acp/program_ended', 'There is no such program.')
    switch (call.name) {
      case 'write':
        return program.write(call.asked.lane, call.asked.seq, call.asked.line)
      case 'note':
        return program.note(call.asked.text)
      case 'stderr':
        return program.stderr()
      case 'end':
        return program.end()
      case 'acknowledge':
        return program.acknowledge(call.asked.offset)
      case 'read': {
        const sink = sinkOf(call.asked.program, stream, notify)
        readers.set(program, sink)
        return program.read(call.asked.from, sink)
      }
    }
  }
  const answered = (call: ProgramCall): void => {
    run(call).then(
      (answer) => notify({ call: call.call, answer: answer ?? null }),
      (error: unknown) => {
        const code = error instanceof HoldfastError ? error.code : 'acp/host_lost'
        notify({ call: call.call, code, message: error instanceof Error ? error.message : String(error) })
      },
    )
  }
  stream.on('error', () => {})
  stream.once('close', () => {
    for (const [program, sink] of readers) program.unread(sink)
  })
  readFrames(stream, { message: (value) => answered(value as ProgramCall), output: () => {} })
}

function sinkOf(program: string, stream: Duplex, notify: (notice: ProgramNotice) => void): ProgramSink {
  return {
    output: (bytes, offset) => void stream.write(outputFrame({ program, offset, bytes })),
    ended: (ended) => notify({ program, ended }),
    lost: () => {},
  }
}
