// Shows how far a job is while it runs, and runs the SQL editor by Ctrl-Enter. Every page works without this.
const job = document.getElementById("job");
if (job?.dataset.events) {
  const events = new EventSource(job.dataset.events);
  const put = (id, text) => { document.getElementById(id).textContent = text; };
  events.onmessage = (event) => {
    const told = JSON.parse(event.data);
    put("job-state", told.state);
    put("job-stage", told.stage);
    put("job-done", told.done.toLocaleString("en"));
    put("job-total", told.total ? ` of ${told.total.toLocaleString("en")}` : "");
    const bar = document.getElementById("job-bar");
    if (told.total) { bar.max = told.total; bar.value = told.done; } else { bar.removeAttribute("value"); }
    if (told.state !== "running") { events.close(); location.reload(); }
  };
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "sql-q") {
    event.target.form.requestSubmit();
  }
});
// The field that is typed in keeps the cursor when its page is drawn anew.
let typed = null;
document.addEventListener("htmx:beforeSwap", () => {
  const at = document.activeElement;
  typed = at?.id ? { id: at.id, start: at.selectionStart } : null;
});
document.addEventListener("htmx:afterSwap", () => {
  const field = typed && document.getElementById(typed.id);
  if (!field) return;
  field.focus();
  if (typed.start !== null && typed.start !== undefined && field.type === "search") field.setSelectionRange(typed.start, typed.start);
});
