import type { Command } from 'commander'

/** One command of `holdfast`: what `--help` says of it, and the rest, loaded when it is asked for. */
export interface CommandEntry {
  readonly description: string
  load(request: CommandRequest): Promise<Command>
}

/** What a command is loaded for. */
export interface CommandRequest {
  /** What is written after its name. */
  readonly words: readonly string[]
  /** Builds the command line with every command in full. */
  readonly whole: () => Promise<Command>
}

/** Every command, in the order of `--help`. A command that is not asked for is not loaded. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  serve: {
    description: 'run a gateway in this process',
    load: async () => (await import('./commands/serve.ts')).serveCommand(),
  },
  login: {
    description: 'remember a gateway and its token, so that no command asks for them',
    load: async () => (await import('./commands/login.ts')).loginCommand(),
  },
  ls: {
    description: 'list the sessions and shells of a gateway',
    load: async () => (await import('./commands/ls.ts')).listCommand(),
  },
  shell: {
    description: 'open a shell, come back to one, run one command; or list, end and name them',
    load: async ({ words }) => (await import('./commands/shell.ts')).shellCommand(words),
  },
  play: {
    description: 'show a recording of a shell as it was, or list recordings',
    load: async () => (await import('./commands/play.ts')).playCommand(),
  },
  session: {
    description: 'list, show, export, archive and delete sessions',
    load: async () => (await import('./commands/session.ts')).sessionCommand(),
  },
  observe: {
    description: 'follow a session live; nothing is missed across drops',
    load: async () => (await import('./commands/observe.ts')).observeCommand(),
  },
  lead: {
    description: 'drive a session from a command: its output becomes runtime events, each exactly once',
    load: async () => (await import('./commands/lead.ts')).leadCommand(),
  },
  control: {
    description: 'steer a session, or answer the prompts of its driver',
    load: async () => (await import('./commands/control.ts')).controlCommand(),
  },
  acp: {
    description: 'be an agent of the gateway for an editor that starts programs (Agent Client Protocol)',
    load: async () => (await import('./commands/acp.ts')).acpCommand(),
  },
  agent: {
    description: 'prompt the coding agents of a gateway, follow and answer them',
    load: async () => (await import('./commands/agent.ts')).agentCommand(),
  },
  track: {
    description: 'do the tasks of a tracker with a command, or list, add and discuss tasks',
    load: async () => (await import('./commands/track.ts')).trackCommand(),
  },
  share: {
    description: 'make a link for watching one session or shell, for a time',
    load: async () => (await import('./commands/share.ts')).shareCommand(),
  },
  grant: {
    description: 'give access to one session or one shell, for a time',
    load: async () => (await import('./commands/grant.ts')).grantCommand(),
  },
  kubeconfig: {
    description: 'print the file with which kubectl reaches a gateway and its shells',
    load: async () => (await import('./commands/kubeconfig.ts')).kubeconfigCommand(),
  },
  doctor: {
    description: 'dial every endpoint of a gateway and say in words what is wrong',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  },
  backup: {
    description: 'copy the store of a running gateway into one whole file here, and check it',
    load: async () => (await import('./commands/backup.ts')).backupCommand(),
  },
  store: {
    description: 'look after the store of a gateway that does not run',
    load: async () => (await import('./commands/store.ts')).storeCommand(),
  },
  completion: {
    description: 'print a completion script for bash, zsh or fish',
    load: async ({ whole }) => (await import('./commands/completion.ts')).completionCommand(whole),
  },
}
