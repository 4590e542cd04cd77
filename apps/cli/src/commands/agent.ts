import { Command } from 'commander'
import type { AgentRunOptions } from '../agent/agent-run.ts'
import { type GatewayFlags, withGateway } from '../endpoint.ts'

/** `holdfast agent`: the coding agents of a gateway, without an editor. */
export function agentCommand(): Command {
  return new Command('agent')
    .addCommand(runCommand())
    .addCommand(listCommand())
    .addCommand(attachCommand())
    .addCommand(cancelCommand())
    .addHelpText(
      'after',
      `
Agents run at the gateway: they go on when this command ends, when the network drops, and when the gateway is restarted.

Examples:
  $ holdfast agent run qwen "mend the failing test"
  $ holdfast agent ls
  $ holdfast agent attach acp_7Fq2`,
    )
}

function runCommand(): Command {
  return withGateway(new Command('run'))
    .description('prompt an agent in a new session, and show what it says until its turn is over')
    .argument('<agent>', 'its name at the gateway')
    .argument('[prompt...]', 'what it is to do; without one it is read from standard input')
    .option('--cwd <folder>', "where it works, on the gateway's machine (default: the first folder that is allowed)")
    .option('-d, --detach', 'print the id of the session, and leave the agent at work')
    .addHelpText(
      'after',
      `
What the agent says is standard output; what it thinks, plans and does, and its questions, are standard error. In a terminal
questions are answered here, or elsewhere, whichever answer is first. Ctrl+C cancels the turn; once more leaves at once.
The exit code is 0 where the turn came to its end, 1 where it did not, 130 where it was cancelled.

Examples:
  $ holdfast agent run qwen "mend the failing test"
  $ git diff | holdfast agent run qwen --detach
  $ holdfast agent run qwen --cwd /srv/app --json "list the routes" | jq -r 'select(.event == "message_end").data.content'`,
    )
    .action(async (agent: string, prompt: readonly string[], options: AgentRunOptions) => {
      const { runAgent } = await import('../agent/agent-run.ts')
      process.exitCode = await runAgent(agent, prompt.join(' '), options)
    })
}

function listCommand(): Command {
  return withGateway(new Command('ls'))
    .description('the sessions of agents, and which of them wait for an answer')
    .addHelpText(
      'after',
      "\nExamples:\n  $ holdfast agent ls\n  $ holdfast agent ls --json | jq -r 'select(.waitingQuestions > 0).sessionId'",
    )
    .action(async (options: GatewayFlags) => {
      const { listAgents } = await import('../agent/agent-list.ts')
      await listAgents(options)
    })
}

function attachCommand(): Command {
  return withGateway(new Command('attach'))
    .description("follow an agent's session and answer its questions; with a prompt, until that is done")
    .argument('<session>', 'its id, as agent ls shows it')
    .argument('[prompt...]', 'what the agent is to do next')
    .addHelpText(
      'after',
      `
Ctrl+C leaves, and the agent goes on; where a prompt was given it cancels the turn first.

Examples:
  $ holdfast agent attach acp_7Fq2
  $ holdfast agent attach acp_7Fq2 "and now the documents"`,
    )
    .action(async (session: string, prompt: readonly string[], options: GatewayFlags) => {
      const { attachAgent } = await import('../agent/agent-run.ts')
      process.exitCode = await attachAgent(session, prompt.join(' '), options)
    })
}

function cancelCommand(): Command {
  return withGateway(new Command('cancel'))
    .description('cancel the turn of a session, and the questions in it')
    .argument('<session>', 'its id, as agent ls shows it')
    .addHelpText('after', '\nExamples:\n  $ holdfast agent cancel acp_7Fq2')
    .action(async (session: string, options: GatewayFlags) => {
      const { cancelAgent } = await import('../agent/agent-run.ts')
      process.exitCode = await cancelAgent(session, options)
    })
}
