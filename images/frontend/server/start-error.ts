/** Explains why the server could not start, and how to fix it. */
export function whyNotStarted(error: unknown): string {
  const { code, message, path, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === "EADDRINUSE") {
    return `Port ${String(port)} is in use; set PORT or METRICS_PORT to another.`;
  }
  if (code === "EACCES" && port !== undefined) {
    return `Port ${port} needs root privileges; choose one above 1023.`;
  }
  if (code === "EACCES" && path !== undefined) {
    return `${path} is not readable for user ${process.getuid?.() ?? "?"}; make it readable, e.g. with: chmod -R a+rX ${path}`;
  }
  return message;
}
