// Tells the server which time zone "today" and written times are meant in. The first page did not know
// it yet: a list of days is asked for again, others are right from the next page on.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (zone && !document.cookie.split("; ").includes(`tz=${zone}`)) {
  document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax`;
  const assumed = document.getElementById("filters")?.dataset.zone;
  const query = new URLSearchParams(location.search);
  const days = query.get("range") === "today" || query.has("from") || query.has("to");
  if (assumed && assumed !== zone && days && location.pathname === "/sessions" && document.cookie.includes(zone)) {
    htmx.ajax("GET", location.pathname + location.search, { target: "#results", swap: "outerMorph show:none" });
  }
}
