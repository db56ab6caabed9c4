// Milliseconds since the process began: by the wall, or on the processor, of all its threads together.

const onProcessor = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

export const clockOf = (name) => (name === "processor" ? onProcessor : () => performance.now());
