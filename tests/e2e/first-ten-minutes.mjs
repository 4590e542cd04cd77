// What people meet in their first ten minutes, each with the tests that show it: `node tests/e2e/first-ten-minutes.mjs [--list]`
// runs them, in the console, in the command line and in the demonstration. Needs a build: `pnpm build`.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** In order of how much they hurt; tests by file in this folder. */
export const THINGS = [
  {
    what: 'A terminal in a browser says at once that its gateway is gone, and keeps what is typed',
    tests: {
      'console-outages.test.ts': [
        'the console says in a terminal that the link is away and counts what was typed meanwhile, on a phone too',
      ],
    },
  },
  {
    what: 'Cut shows what it did within a second',
    tests: {
      'console-outages.test.ts': [
        'the console shows a cut of the network within a second: in the conversation, and beside the button',
        'the console says at once that it is disconnected and what is kept, and then how many events were caught up',
      ],
    },
  },
  {
    what: 'The demonstration goes on when nobody answers, and tells what to press',
    tests: {
      'console-demo.test.ts': [
        'the demo goes on when its question stays unanswered, and then withdraws it',
        'the demo asks a newcomer to answer the question, and notices the answer',
      ],
      'console-questions.test.ts': [
        'several questions are one box, the oldest first, with how many more wait',
        'a question that is over is not asked: answered elsewhere, ended by the lead, or with a lead that is gone',
      ],
      'console-manners.test.ts': [
        'the guide of the console leads a newcomer to the button, and stays away once dismissed',
      ],
    },
  },
  {
    what: 'A wrong token, a wrong address, a gateway that is gone and a page that is not allowed each have their words',
    tests: {
      'console-entry.test.ts': [
        'a wrong token, another server at the address, and a page that is not allowed are distinguished, each with what to do',
        'a gateway that does not answer is reported and tried again, and lets in as soon as it is back',
        'the console offers what the token permits, and nothing else',
        'a shell that the gateway refuses is reported as a refusal with what to do, and not as an outage',
        'a gateway that is full says so instead of a new shell, and what to do',
      ],
    },
  },
  {
    what: 'A phone has Esc, Tab, Ctrl and arrows, and a way to sign out',
    tests: {
      'console-terminal-keys.test.ts': [
        'a phone has the keys that its keyboard lacks: Esc, arrows, Tab, and Ctrl for the next one',
      ],
      'console-entry.test.ts': ['a phone has a way to sign out'],
    },
  },
  {
    what: 'Ending a running program is asked, names it, and can be taken back',
    tests: {
      'console-shells.test.ts': [
        'the console lists a shell for all who may see it: watched, taken over, taken back, and ended from the list',
      ],
      'console-demo.test.ts': [
        'the demo does not offer the programs that it counts with, so that they are not ended by mistake',
      ],
    },
  },
  {
    what: 'A link to a session or a shell that is not there says so',
    tests: {
      'console-conversation.test.ts': [
        'the console says that filters hide everything, and that a session does not exist',
      ],
      'console-entry.test.ts': [
        'a link to a shell that is not there says so, with a way on, and one to a shell that runs leads there',
      ],
    },
  },
  {
    what: 'Reload and Back keep the place',
    tests: {
      'console-conversation.test.ts': [
        'the console has view, session, shell and filters in its address: reload and Back keep the place',
        'the console returns from a reload to the entry that was read, however far up it is',
      ],
    },
  },
  {
    what: 'Everything can be searched: a session, a terminal',
    tests: {
      'console-conversation.test.ts': [
        'the console finds hidden characters, marks them, and goes from one to the next',
      ],
      'console-terminal-keys.test.ts': [
        'a text is found in all that the terminal remembers, from one place to the next',
      ],
    },
  },
  {
    what: 'What agents say can be read: Markdown, colours, changes, whole lines',
    tests: {
      'console-conversation.test.ts': [
        'the console shows Markdown as what it means, and nothing of it as HTML',
        'the console shows colours, whole lines and changes of what a program printed, folded where it is long',
      ],
    },
  },
  {
    what: 'Copy, paste, addresses and names of terminals are as people know them',
    tests: {
      'console-terminal-keys.test.ts': [
        'the console copies marked text, pastes it with Ctrl+V, and opens the page of an address',
      ],
      'console-shells.test.ts': [
        'the console gives a shell a name that others see, and shows the title of its program',
        'the console pastes as one piece, and prints wide characters where they belong',
      ],
    },
  },
  {
    what: 'Words are those of people: no addresses, no enums, no message that the page sent by itself',
    tests: {
      'console-questions.test.ts': [
        'the console says how many messages of the person are kept while disconnected, without those that the page sends by itself',
      ],
    },
  },
  {
    what: 'Sessions are listed by what happened last, with search, names, archive and deletion',
    tests: {
      'console-conversation.test.ts': [
        'the console lists sessions by their last event, and finds, renames, archives and deletes them',
      ],
    },
  },
  {
    what: 'Everything can be read in both themes, under the mouse and while it is pressed',
    tests: {
      'console-access.test.ts': [
        'a session has no fault that axe finds: as it is, in a search, after an outage and while away',
        'shells, health and pages without anything have no fault that axe finds',
        'the console has no fault that axe finds in what is refused, gone or offered',
        'a phone has no fault that axe finds, with its key row and while away',
        'nothing moves by itself for those who do not want it',
      ],
    },
  },
  {
    what: 'The console is used by keyboard alone, and tells its version',
    tests: {
      'console-manners.test.ts': [
        'the console can be used with the keyboard alone, and the focus is always visible',
        'the console shows tasks as a tree, with assignee, progress and duration',
      ],
    },
  },
  {
    what: 'A link that is shared shows first, asks before it takes the keyboard, and says that it has ended',
    tests: {
      'cli-share.test.ts': [
        'a link lets a person watch one shell in a browser, says whose rights it gives, and ends when it is revoked',
        'a link for writing must be requested and confirmed: it types into the shell',
      ],
    },
  },
  {
    what: 'Operators see how a gateway does, also once it is gone',
    tests: {
      'console-health.test.ts': [
        'the console keeps the last figures of a gateway that is gone, with their age, also when opened later',
        'the console shows operators the health of the gateway, and lets them end a connection, which then says why it ended',
      ],
    },
  },
  {
    what: 'No token, a wrong one, nobody there: the command line says which, at once, and what to do',
    tests: {
      'cli-refusals.test.ts': [
        'is reported within seconds, with the reason, also in a pipe',
        'and takes connections in silence, is reported before the time limit ends',
        'a name without a login is reported as such, with how an address is written',
      ],
      'cli.test.ts': ['a missing token exits 4, and is called by its name'],
    },
  },
  {
    what: 'The commands that are printed and written can be typed: after a start, and from the README',
    tests: {
      'cli-manage.test.ts': ['`serve` prints a link with the token in its fragment, and two commands that work'],
      'readme.test.ts': [
        'the first program of the README runs as pasted: a connection',
        'the commands of the second and the third terminal run as pasted from the README',
      ],
    },
  },
  {
    what: 'Sessions and shells are found, named and ended from the command line',
    tests: {
      'cli-manage.test.ts': [
        'is listed, shown, exported and deleted: sessions',
        'is listed, named and ended: shells',
        'is said where there is nothing',
      ],
    },
  },
  {
    what: 'A login is asked for without showing the token, kept for this user alone, and given to no other address',
    tests: {
      'cli-manage.test.ts': [
        'asks for the token without showing it, tries it, and remembers it for this user alone',
        'keeps nothing of a token that is refused, and says so with the code of refusals',
        'gives a kept token to no other address',
      ],
    },
  },
  {
    what: 'Watching a shell that is not there starts none',
    tests: { 'cli-refusals.test.ts': ['watching a shell that is not there starts none'] },
  },
  {
    what: 'A request to a session without a lead says so at once, and is answered when one comes',
    tests: {
      'cli-refusals.test.ts': [
        'a request to a session without a lead says so at once, waits for one, and is answered by it',
      ],
    },
  },
  {
    what: 'observe and control say that the gateway is away and what the outage was, and go on where they were',
    tests: {
      'cli-outages.test.ts': [
        'holdfast observe reports that the gateway is gone and back, and shows every event once: over a WebSocket',
        'holdfast observe reports that the gateway is gone and back, and shows every event once: over server-sent events',
        'a request of control that is under way when the gateway is killed is answered after it, with a line for each',
        'a terminal shows the next attempt in one line, which makes room for what the outage was',
      ],
    },
  },
  {
    what: 'Commands and options are completed in the shells that people have, and described by what they do',
    tests: {
      'cli-completion.test.ts': [
        'the completion works in bash: commands, commands below them, and flags of the current one',
        'the completion describes values by what they do, and not by their default',
        'are completed in bash, for arguments and for options, at the gateway that the line names',
      ],
    },
  },
  {
    what: 'Ctrl+C ends a command at once, whatever it waits for, and leaves the terminal as it was',
    tests: {
      'cli-interrupt.test.ts': [
        'Ctrl+C ends what waits for a gateway that takes connections and says nothing',
        'Ctrl+C ends a request, before there is a lead and while it is asked',
        'Ctrl+C ends a question, wherever it is asked',
        'Ctrl+C ends what was at work while its gateway is at a standstill, and while it is away',
      ],
    },
  },
]

/** Runs the tests of one thing. @returns whether all of them passed */
function shows({ what, tests }) {
  const isShown = Object.entries(tests).every(([file, names]) => {
    const pattern = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
    const args = ['vitest', 'run', '--project', 'e2e', `tests/e2e/${file}`, '-t', pattern]
    const { status, stdout } = spawnSync('npx', args, { cwd: root, encoding: 'utf8' })
    const passed = Number(/(\d+) passed[^(]*\(\d+\)\s+Start/.exec(plain(stdout))?.[1] ?? 0)
    if (status === 0 && passed === names.length) return true
    process.stdout.write(plain(stdout))
    return false
  })
  process.stdout.write(`${isShown ? 'yes' : 'NO '}  ${what}\n`)
  return isShown
}

function plain(text) {
  return text.replace(/\u001b\[[\d;]*m/g, '')
}

const root = fileURLToPath(new URL('../..', import.meta.url))
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--list')) for (const { what } of THINGS) process.stdout.write(`${what}\n`)
  else process.exitCode = THINGS.map(shows).every(Boolean) ? 0 : 1
}
