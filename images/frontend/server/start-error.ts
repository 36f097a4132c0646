/** Says why the server could not start, and what to do about it. */
export function whyNotStarted(error: unknown): string {
  const { code, message, path, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === "EADDRINUSE") {
    return `Port ${String(port)} is taken; set PORT or METRICS_PORT to another.`;
  }
  if (code === "EACCES" && port !== undefined) {
    return `Port ${port} needs more rights; choose one above 1023.`;
  }
  if (code === "EACCES" && path !== undefined) {
    return `${path} may not be read by user ${process.getuid?.() ?? "?"}; make it readable, as with: chmod -R a+rX ${path}`;
  }
  return message;
}
