import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { serverCommands } from './packages/transport-browser/test/server-commands.ts'
import { chromiumLaunch } from './scripts/chromium.ts'
import { LongestFirst } from './tests/longest-first.ts'
import { programCommands } from './tests/runtimes/src/program-commands.ts'

const conditions = ['@holdfast/source', 'module', 'node', 'development|production']

export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'] },
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'apps/*/src/**/*.test.ts'],
          exclude: ['**/*.browser.test.ts', '**/node_modules/**'],
          // A bound on what hangs, not on what takes its time on a busy machine.
          testTimeout: 60_000,
          // No module of ours has state, so files share them: to load them anew for each file is most of the time.
          isolate: false,
        },
      },
      {
        resolve: { conditions: ['@holdfast/source', 'module', 'browser', 'development|production'] },
        test: {
          name: 'browser',
          include: ['{packages,apps,tests}/*/**/*.browser.test.ts'],
          globalSetup: './scripts/install-chromium.ts',
          testTimeout: 60_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            instances: [{ browser: 'chromium' }],
            provider: playwright({ launchOptions: chromiumLaunch() }),
            commands: { ...serverCommands(), ...programCommands() },
          },
        },
      },
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: { name: 'simulation', include: ['tests/simulation/**/*.test.ts'], testTimeout: 60_000, isolate: false },
      },
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: 'e2e',
          // What is in the home folder of who runs the tests is no part of them.
          env: { SHELL: fileURLToPath(new URL('tests/e2e/support/plain-bash.sh', import.meta.url)) },
          include: ['tests/e2e/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'examples/**/*.test.ts'],
          globalSetup: './tests/e2e/support/programs.ts',
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 20_000 } },
          // As in the unit tests: none of our modules has state, and to load them anew for each file takes a second of it.
          isolate: false,
          // Most of their time they wait. The long form measures, and does that alone.
          maxWorkers: process.env['HOLDFAST_LONG'] === '1' ? 1 : 3,
          maxConcurrency: 10,
          // Whatever has a number of workers of its own has a turn of its own.
          sequence: { groupOrder: 1 },
          // Real processes, browsers and networks on a machine that is not theirs alone: in CI a second try, which the
          // output names. Everywhere else a test that fails now and then fails, and is mended.
          retry: process.env['CI'] === undefined ? 0 : 1,
        },
      },
      {
        // Published proxies, which a machine need not have: no part of all the checks.
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: 'proxies',
          include: ['tests/e2e/proxies/*.proxies.ts'],
          globalSetup: ['./tests/e2e/proxies/certificate.ts', './tests/e2e/support/programs.ts'],
          testTimeout: 90_000,
          hookTimeout: 300_000,
        },
      },
      {
        // Published clients, loaded as Node loads them: their dependencies do not survive the bundlers' `module` condition.
        resolve: { conditions: ['@holdfast/source', 'node'] },
        ssr: { resolve: { conditions: ['@holdfast/source', 'node'] } },
        test: {
          name: 'interop',
          include: ['tests/interop-*/**/*.test.ts'],
          // One suite of 332 cases for three stores: the memory log is in all the checks, the others in `pnpm test:streams`.
          exclude: [
            'tests/interop-system/**',
            '**/node_modules/**',
            ...(process.env['HOLDFAST_LONG'] === '1' ? [] : ['tests/interop-streams/{nats,sqlite}.test.ts']),
          ],
          testTimeout: 60_000,
          // Published packages are large: to load them and ours anew for each file was a third of the time.
          isolate: false,
        },
      },
      {
        // Programs of Debian, which a machine need not have: no part of all the checks.
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: 'system',
          include: ['tests/interop-system/*.test.ts', 'packages/*/test/system/*.system.ts'],
          testTimeout: 90_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // Coding agents from npm, which are installed for it: no part of all the checks.
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: 'agents',
          include: ['tests/interop-agents/*.agents.ts'],
          globalSetup: './tests/e2e/support/programs.ts',
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        test: {
          name: 'packaging',
          include: ['tests/packaging/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          isolate: false,
        },
      },
      {
        // The site is built for it, which takes a minute, and on a busy machine ten: no part of all the checks.
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: 'docs',
          include: ['tests/packaging/docs/*.docs.ts'],
          testTimeout: 120_000,
          hookTimeout: 1_800_000,
        },
      },
    ],
  },
})
