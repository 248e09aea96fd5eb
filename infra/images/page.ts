/** The page of the promises, as the image of the services has it: its program, and what that reads besides its imports. */
export const page = {
  main: 'observability/page/main.ts',
  folders: ['observability/page/browser', 'docs/runbooks'],
  packages: ['uplot'],
} as const;
