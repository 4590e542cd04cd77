/**
 * Who gets what answer at which endpoint: the one table that the test of all endpoints runs through and docs/security.md
 * shows. "A" is the owner of a private session, an open session and a shell; everybody else is another principal.
 */
const CALLERS = {
  none: 'no credential',
  wrong: 'a wrong token',
  observe: '`observe`',
  control: '`control`',
  lead: '`lead`',
  shell: '`shell`',
  track: '`track`',
  admin: '`admin`',
  other: 'all but `admin`',
  owner: 'A (all but `admin`)',
  grant: "grant: observe A's private session",
  shellGrant: "grant: write to A's shell",
} as const

export type Caller = keyof typeof CALLERS

/** How an endpoint is asked. */
export type Ask =
  /** The status. `{private}`, `{open}`, `{fresh}` and `{grant}` are ids, the last two new ones for each caller. */
  | { readonly http: string; readonly body?: Readonly<Record<string, unknown>> | undefined }
  /** `ok`, the status of a refused upgrade, or the code with which it was closed. */
  | { readonly hub: string }
  | { readonly sessions: string }
  | { readonly tracker: '/ws' }
  /** `ok` for A's shell, `own` for a shell of the caller's own. */
  | { readonly shell: string; readonly protocol?: string | undefined }

export interface Row {
  readonly what: string
  readonly ask: Ask
  readonly answers: Readonly<Record<Caller, string>>
}

type Answers = readonly [
  none: string,
  wrong: string,
  observe: string,
  control: string,
  lead: string,
  shell: string,
  track: string,
  admin: string,
  other: string,
  owner: string,
  grant: string,
  shellGrant: string,
]

const PRIVATE: Answers = ['401', '401', '404', '404', '404', '403', '403', '200', '404', '200', '200', '403']
const MANAGED: Answers = ['401', '401', '403', '404', '404', '403', '403', '200', '404', '200', '403', '403']
const OPEN: Answers = ['401', '401', '200', '200', '200', '403', '403', '200', '200', '200', '404', '403']
const TRACKER: Answers = ['401', '401', '403', '403', '403', '403', '200', '200', '200', '200', '403', '403']
const ANYBODY: Answers = ['200', '200', '200', '200', '200', '200', '200', '200', '200', '200', '200', '200']
/** One that is there already, and for nobody but its owner and who was let in. */
const ONE_SHELL: Answers = ['401', '401', '404', '404', '404', '404', '404', '404', '404', '200', '404', '200']
const POD = '/api/v1/namespaces/n/pods'
const TTY = 'stdin=true&stdout=true&tty=true'
/** One that is looked for under the caller's own name first. */
const SHELL: Answers = ['401', '401', '403', '403', '403', 'own', '403', 'own', 'own', 'ok', '403', 'ok']

export const ACCESS: readonly Row[] = [
  row('observe a private session', { hub: 'role=observer&sessionId={private}' }, [
    ...['4401', '401', '4404', '4404', '4404', '4403', '4403', 'ok', '4404', 'ok', 'ok', '4403'],
  ]),
  row('control a private session', { hub: 'role=controller&sessionId={private}' }, [
    ...['4401', '401', '4403', '4404', '4403', '4403', '4403', 'ok', '4404', 'ok', '4403', '4403'],
  ]),
  row('lead a private session', { hub: 'role=lead&sessionId={private}' }, [
    ...['4401', '401', '4403', '4403', '4404', '4403', '4403', 'ok', '4404', 'ok', '4403', '4403'],
  ]),
  row('observe an open session', { hub: 'role=observer&sessionId={open}' }, [
    ...['4401', '401', 'ok', 'ok', 'ok', '4403', '4403', 'ok', 'ok', 'ok', '4404', '4403'],
  ]),
  row('start a session as its lead', { hub: 'role=lead' }, [
    ...['4401', '401', '4403', '4403', 'ok', '4403', '4403', 'ok', 'ok', 'ok', '4403', '4403'],
  ]),
  row('event stream of a private session', { http: 'GET /api/hub/session/{private}/events' }, PRIVATE),
  row('event stream of an open session', { http: 'GET /api/hub/session/{open}/events' }, OPEN),
  row('list sessions: those that the caller finds', { http: 'GET /api/hub/sessions' }, [
    ...['401', '401', '200', '200', '200', '403', '403', '200', '200', '200', '200', '403'],
  ]),
  row('make a session', { http: 'POST /api/hub/session', body: {} }, [
    ...['401', '401', '403', '201', '201', '403', '403', '201', '201', '201', '403', '403'],
  ]),
  row('read a private session', { http: 'GET /api/hub/session/{private}' }, PRIVATE),
  row('its participants', { http: 'GET /api/hub/session/{private}/participants' }, PRIVATE),
  row('its conversation', { http: 'GET /api/hub/session/{private}/replay' }, PRIVATE),
  row('its events', { http: 'GET /api/hub/session/{private}/events/history' }, PRIVATE),
  row('change it', { http: 'PATCH /api/hub/session/{private}', body: { tags: ['x'] } }, MANAGED),
  row('archive it', { http: 'POST /api/hub/session/{private}/archive' }, MANAGED),
  row('resume it', { http: 'POST /api/hub/session/{private}/resume' }, MANAGED),
  row('delete it', { http: 'DELETE /api/hub/session/{fresh}' }, MANAGED),
  row('read an open session', { http: 'GET /api/hub/session/{open}' }, OPEN),
  row('subscribe to a private session', { sessions: '{private}' }, [
    ...['4003', '401', '4001', '4001', '4001', '403', '403', 'ok', '4001', 'ok', 'ok', '403'],
  ]),
  row('subscribe to an open session', { sessions: '{open}' }, [
    ...['4003', '401', 'ok', 'ok', 'ok', '403', '403', 'ok', 'ok', 'ok', '4001', '403'],
  ]),
  row('list custom agents: those that the caller may see', { http: 'GET /api/hub/agents' }, [
    ...['401', '401', '200', '200', '200', '403', '403', '200', '200', '200', '403', '403'],
  ]),
  row('make a custom agent (400: nothing is said of it)', { http: 'POST /api/hub/agents', body: {} }, [
    ...['401', '401', '403', '400', '400', '403', '403', '400', '400', '400', '403', '403'],
  ]),
  row('be an agent of the tracker', { tracker: '/ws' }, [
    ...['1008', '401', '403', '403', '403', '403', 'ok', 'ok', 'ok', 'ok', '403', '403'],
  ]),
  row('tasks of the tracker', { http: 'GET /api/tracker/tasks' }, TRACKER),
  row("read what A's shell is", { http: 'GET /shells/work' }, ONE_SHELL),
  row('name it', { http: 'PATCH /shells/work', body: { name: 'Work' } }, ONE_SHELL),
  row('attach to it as kubectl does', { shell: `${POD}/shell-work/attach?${TTY}`, protocol: 'v5.channel.k8s.io' }, [
    ...['401', '401', '404', '404', '404', '404', '404', '404', '404', 'ok', '404', 'ok'],
  ]),
  row('read its pod', { http: `GET ${POD}/shell-work` }, ONE_SHELL),
  row('read the pod of the machine', { http: `GET ${POD}/gateway` }, [
    ...['401', '401', '404', '404', '404', '200', '404', '200', '200', '200', '404', '404'],
  ]),
  row('list recordings: those of shells that the caller may watch', { http: 'GET /recordings' }, [
    ...['401', '401', '200', '200', '200', '200', '200', '200', '200', '200', '200', '200'],
  ]),
  row("open a shell under the id of A's", { shell: '/shells?shellId=work' }, SHELL),
  row('the same, under the path of AgentCore', { shell: '/runtimes/any/ws/shells?shellId=work' }, SHELL),
  row('run a command once', { shell: `${POD}/gateway/exec?command=true&stdout=true`, protocol: 'v5.channel.k8s.io' }, [
    '401',
    '401',
    '403',
    '403',
    '403',
    'ok',
    '403',
    'ok',
    'ok',
    'ok',
    '403',
    '403',
  ]),
  row('list shells: those that the caller may see', { http: 'GET /shells' }, ['401', '401', ...ANYBODY.slice(2)]),
  row('list grants: those that the caller made', { http: 'GET /api/grants' }, [
    ...['401', '401', '200', '200', '200', '200', '200', '200', '200', '200', '403', '403'],
  ]),
  row('grant a private session', { http: 'POST /api/grants', body: { session: '{private}' } }, [
    ...['401', '401', '404', '404', '404', '403', '403', '201', '404', '201', '403', '403'],
  ]),
  row('grant a shell of the caller', { http: 'POST /api/grants', body: { shell: 'work' } }, [
    ...['401', '401', '403', '403', '403', '201', '403', '201', '201', '201', '403', '403'],
  ]),
  row('revoke a grant of A', { http: 'DELETE /api/grants/{grant}' }, [
    ...['401', '401', '404', '404', '404', '404', '404', '200', '404', '200', '403', '403'],
  ]),
  row('a copy of the store (501: not of this kind of store)', { http: 'POST /api/store/backup' }, [
    ...['401', '401', '403', '403', '403', '403', '403', '501', '403', '403', '403', '403'],
  ]),
  row('health', { http: 'GET /healthz' }, ANYBODY),
  row('readiness', { http: 'GET /readyz' }, ANYBODY),
  row('metrics', { http: 'GET /metrics' }, ANYBODY),
  row('the console', { http: 'GET /' }, ANYBODY),
]

/** The table as docs/security.md shows it. */
export function accessTable(): string {
  const callers = callersIn()
  const lines = ACCESS.map(
    ({ what, answers }) => `| ${what} | ${callers.map((caller) => answers[caller]).join(' | ')} |`,
  )
  const head = `| | ${callers.map((caller) => CALLERS[caller]).join(' | ')} |`
  return [head, `|${'---|'.repeat(callers.length + 1)}`, ...lines].join('\n')
}

export function callersIn(): readonly Caller[] {
  const isCaller = (name: string): name is Caller => name in CALLERS
  return Object.keys(CALLERS).filter(isCaller)
}

function row(what: string, ask: Ask, answers: readonly string[]): Row {
  const [none = '', wrong = '', observe = '', control = '', lead = '', shell = '', ...rest] = answers
  const [track = '', admin = '', other = '', owner = '', grant = '', shellGrant = ''] = rest
  const all = { none, wrong, observe, control, lead, shell, track, admin, other, owner, grant, shellGrant }
  return { what, ask, answers: all }
}
