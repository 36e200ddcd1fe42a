export const updateChannel = (taskId: string) => `task-${taskId} is up to date`;
