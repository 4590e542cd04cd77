import { Command, Option } from 'commander'
import { type EndpointFlags, endpointOf, tokenOption, urlOption } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { interruption } from '../interruption.ts'
import { type Output, outputOn } from '../output.ts'
import { ownCommand } from '../own-command.ts'
import { printable } from '../printable.ts'
import { TaskAgent, type TaskAgentOptions } from '../task-agent.ts'
import { type Task, TrackerApi } from '../tracker-api.ts'
import { UserError } from '../user-error.ts'

/** After Ctrl+C: a command that does not end by itself is ended within it. */
const GRACE_MS = 4_000

interface PeopleOptions extends EndpointFlags {
  readonly json?: boolean | undefined
}

interface AddOptions extends PeopleOptions {
  readonly project?: string | undefined
  readonly assignee?: string | undefined
  readonly description?: string | undefined
}

interface SayOptions extends PeopleOptions {
  readonly chat?: string | undefined
  readonly task?: string | undefined
  readonly mention: readonly string[]
}

/** `holdfast track`: an agent that does tasks, and the tasks for people and scripts. */
export function trackCommand(): Command {
  return new Command('track')
    .addCommand(runCommand(), { isDefault: true })
    .addCommand(listCommand())
    .addCommand(addCommand())
    .addCommand(showCommand())
    .addCommand(sayCommand())
    .addHelpText(
      'after',
      `
Examples:
  $ holdfast track -- ./do-task.sh       run it for each task of this token's name; see holdfast track run --help
  $ holdfast track add "tidy up" --assignee worker
  $ holdfast track list
  $ holdfast track show t_42             with its comments
  $ holdfast track say "back at noon"`,
    )
}

function runCommand(): Command {
  return common(new Command('run'))
    .description('an agent: run a command for each task, one after the other')
    .argument('<command...>', 'after --: what to run')
    .option('--agent <name>', 'only tasks that are assigned to this name; others that come are skipped')
    .addHelpText(
      'after',
      `
The command has the task on its standard input (title, empty line, description) and in the environment: TASK_ID,
TASK_TITLE, TASK_DESCRIPTION, TASK_PROJECT, TASK_ASSIGNEE, TASK_CREATED_BY. What it says is streamed as it comes and
shown here; its exit code and the end of its output become a comment; the task's status becomes done or failed.
A task that Ctrl+C interrupts comes again at the next start.

Examples:
  $ holdfast track -- ./do-task.sh
  $ holdfast track -- sh -c 'cd build && make "$TASK_TITLE"'
  $ holdfast track run --agent worker --json -- ./do-task.sh`,
    )
    .action(async (command: readonly string[], options: TaskAgentOptions) => {
      const stop = interruption(GRACE_MS)
      try {
        const agent = new TaskAgent(options, command, outputOn(process.stdout), outputOn(process.stderr))
        process.exitCode = await agent.run(stop.signal)
      } finally {
        stop.dispose()
      }
    })
}

function listCommand(): Command {
  return common(new Command('list'))
    .description('the tasks, the oldest first')
    .option('--status <status>', 'only these: open, done, failed, …')
    .addHelpText('after', '\nExamples:\n  $ holdfast track list --status open --json | jq -r .title')
    .action(async (options: PeopleOptions & { readonly status?: string }) => {
      const out = outputOn(process.stdout)
      const tasks = await new TrackerApi(endpointOf(options)).tasks()
      const wanted = tasks.filter(({ status }) => options.status === undefined || status === options.status)
      for (const task of wanted) await (options.json === true ? out.json(task) : out.line(lineOf(task, out)))
      const err = outputOn(process.stderr)
      if (wanted.length > 0) return
      const add = ownCommand('track add "tidy up" --assignee worker')
      const none = options.status === undefined ? 'There are no tasks' : `There are no tasks that are ${options.status}`
      await err.line(`${none} on ${endpointOf(options).url}. Try: ${add}`)
    })
}

function addCommand(): Command {
  return common(new Command('add'))
    .description('add a task; its id is printed')
    .argument('<title...>', 'what is to be done')
    .option('--project <id>', 'the project; the first where absent')
    .option('--assignee <name>', 'the agent that should do it: the name of its token')
    .option('--description <text>', 'more about it; - reads it from standard input')
    .addHelpText(
      'after',
      `
Examples:
  $ holdfast track add "tidy up" --assignee worker
  $ holdfast track add "review" --description - < notes.txt`,
    )
    .action(async (title: readonly string[], options: AddOptions) => {
      const { project: project_id, assignee } = options
      const description = options.description === '-' ? await allOf(process.stdin) : options.description
      const fields = { title: title.join(' '), description, project_id, assignee }
      const task = await new TrackerApi(endpointOf(options)).add(fields)
      const out = outputOn(process.stdout)
      await (options.json === true ? out.json(task) : out.line(task.id))
    })
}

function showCommand(): Command {
  return common(new Command('show'))
    .description('a task and what was said about it')
    .argument('<task>', 'its id')
    .addHelpText('after', '\nExamples:\n  $ holdfast track show t_42')
    .action(async (id: string, options: PeopleOptions) => {
      const out = outputOn(process.stdout)
      const { task, comments } = await new TrackerApi(endpointOf(options)).task(id)
      if (options.json === true) return out.json({ ...task, comments })
      await out.line(lineOf(task, out))
      if (task.description !== '') await out.line(printable(task.description))
      for (const { author, content, created_at: at } of comments) {
        const when = out.paint.dim(new Date(at).toISOString().slice(0, 19))
        await out.line(`${when} ${out.paint.cyan(printable(author))}  ${printable(content).trimEnd()}`)
      }
    })
}

function sayCommand(): Command {
  return common(new Command('say'))
    .description('say something in the lobby, in a chat or on a task')
    .argument('<text...>', 'what is said')
    .addOption(new Option('--chat <id>', 'the chat; the lobby where absent').conflicts('task'))
    .option('--task <id>', 'comment on this task')
    .option('--mention <name>', 'who is meant; may be repeated', (name, all: readonly string[]) => [...all, name], [])
    .addHelpText(
      'after',
      `
Examples:
  $ holdfast track say "back at noon"
  $ holdfast track say "please look again" --task t_42 --mention worker`,
    )
    .action(async (text: readonly string[], options: SayOptions) => {
      const { task, chat, mention, json } = options
      const api = new TrackerApi(endpointOf(options))
      const content = text.join(' ')
      const said = await (task === undefined ? api.say(content, mention, chat) : api.comment(task, content, mention))
      if (json === true) await outputOn(process.stdout).json(said)
    })
}

function common(command: Command): Command {
  return command.addOption(urlOption()).addOption(tokenOption()).option('--json', 'one JSON object a line')
}

function lineOf({ id, status, assignee, title }: Task, { paint }: Output): string {
  const mark = { done: paint.green, failed: paint.red }[status] ?? paint.yellow
  const to = assignee === undefined ? '' : paint.dim(` (${printable(assignee)})`)
  return `${id}  ${mark(printable(status).padEnd(6))}  ${printable(title)}${to}`
}

/** More than the tracker takes is refused before it is read to its end. */
const MAX_INPUT_CHARS = 262_144

async function allOf(input: NodeJS.ReadStream): Promise<string> {
  let text = ''
  input.setEncoding('utf8')
  for await (const chunk of input) {
    text += String(chunk)
    if (text.length > MAX_INPUT_CHARS) throw new UserError('The description is too long.', EXIT.usage)
  }
  return text
}
