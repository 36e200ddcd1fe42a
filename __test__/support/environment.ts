/**
 * What an ordinary terminal of a developer knows: nothing of a test runner, of CI, of npm, of this package or of the
 * application that the tests stand in for. Every process that tests start gets this, so that they see the same
 * wherever they run.
 *
 * @param variables what the process gets besides
 */
export function ordinaryEnvironment(variables: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const foreign =
    /^(CI$|GITHUB_|VITEST|JEST|MOCHA|TEST$|DEV$|PROD$|MODE$|SSR$|BASE_URL$|NODE_(?!EXTRA_CA_CERTS)|FORCE_COLOR|NO_COLOR|COLORTERM|PUSH|NEXT_|npm_(config|package|lifecycle)_)/;
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))), ...variables };
}
