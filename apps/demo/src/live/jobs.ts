/** A piece of work that the lead does: a real program in a real terminal. */
export interface Job {
  /** What the task is called. */
  readonly title: string
  readonly thinking: string
  readonly says: string
  readonly command: string
  /** Asked before it runs. */
  readonly permission?: string | undefined
  /** Said when it has ended well. */
  readonly concludes: string
}

/** What the lead does one after the other. Harmless, and at home on Linux and macOS. */
export const JOBS: readonly Job[] = [
  {
    title: 'Look at this machine',
    thinking: 'First find out where I am: operating system, runtime, how long the machine has been up.',
    says: 'I begin with a look at this machine.',
    command: 'uname -srm; echo "node $(node --version)"; uptime',
    concludes: 'That is the machine. Cut the network whenever you like: I go on where I was.',
  },
  {
    title: 'Take a while',
    thinking: 'Something that takes a while, so that a cut falls into the middle of it.',
    says: 'Now a slow one: it prints a step every second or so. Pull the plug while it runs.',
    command: 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "step $i of 12"; sleep 0.7; done',
    concludes: 'Twelve steps, each once and in order.',
  },
  {
    title: 'Write a note',
    thinking: 'A change of the file system is something to ask about.',
    says: 'I would like to write a file. It goes into a folder of its own that is deleted at the end.',
    command: 'date "+written %H:%M:%S" >> note.txt; wc -l note.txt; tail -n 3 note.txt',
    permission: 'Append a line to note.txt in the demonstration’s own temporary folder',
    concludes: 'Written, because you allowed it.',
  },
  {
    title: 'Print a burst',
    thinking: 'Output that comes faster than anybody reads.',
    says: 'A burst: three hundred lines at once.',
    command: 'i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo "line $i of 300"; done',
    concludes: 'Three hundred lines.',
  },
]

/** A program that counts without end; its numbers are what the tally is made of. */
export function tickerScript(everySeconds: number, count: number | undefined): string {
  const goesOn = count === undefined ? ':' : `[ $i -lt ${count} ]`
  return `i=0; while ${goesOn}; do i=$((i+1)); echo "tick $i"; sleep ${everySeconds}; done`
}
