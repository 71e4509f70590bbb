# Brings R under the manifest's seed, then hands over to the profile that R would have read instead.
# Without `RESOW_SEED` it does nothing of its own.

local({
  seed <- suppressWarnings(as.numeric(Sys.getenv("RESOW_SEED", NA)))
  if (is.na(seed)) return(invisible())

  event <- function(fields) {
    path <- Sys.getenv("RESOW_EVENTS", "/run/resow/events")
    # One `write` a line, since the file is closed with less in it than its buffer holds.
    try(if (file.exists(path)) cat("{", fields, "}\n", file = path, sep = "", append = TRUE), silent = TRUE)
  }
  quoted <- function(text) paste0("\"", gsub("[\"\\\\[:cntrl:]]", " ", substr(text, 1, 1000)), "\"")
  say <- function(kind, ...) {
    named <- c(...)
    pairs <- paste0(",\"", names(named), "\":", vapply(named, quoted, ""), collapse = "")
    event(paste0("\"kind\":\"", kind, "\",\"pid\":", Sys.getpid(), pairs))
  }

  # `set.seed` takes a signed number of 32 bits: a larger seed is what remains of it by 2^31.
  fold <- function(number) as.integer(number %% 2147483648)
  # A stream of its own for each process or task, by how many came before.
  numbered <- function(count) fold(seed + 1000003 * (count + 1))

  # Replaces a function of a package that is being loaded, whether or not it is one of those that users see.
  replace <- function(package, name, value) {
    namespace <- asNamespace(package)
    environment(value) <- list2env(list(original = get(name, namespace)), parent = environment(value))
    unlockBinding(name, namespace)
    assign(name, value, envir = namespace)
    lockBinding(name, namespace)
  }

  with_parallel <- function() {
    made <- 0
    following <- function() {
      made <<- made + 1
      numbered(made - 1)
    }
    chosen <- function() RNGkind()[1L] == "L'Ecuyer-CMRG"
    # A forked child's stream: with other kinds than L'Ecuyer's, R takes it from the time.
    child <- 0L
    replace("parallel", "mc.advance.stream", function(...) {
      if (!chosen()) child <<- following()
      original(...)
    })
    replace("parallel", "mc.set.stream", function() if (chosen()) original() else set.seed(child))
    # The workers of a cluster: those that are started have the manifest's seed, those that are forked have none.
    for (maker in c("makePSOCKcluster", "makeForkCluster")) {
      replace("parallel", maker, function(...) {
        cluster <- original(...)
        parallel::clusterApply(cluster, vapply(seq_along(cluster), function(node) following(), 1L), set.seed)
        cluster
      })
    }
    # Which worker takes a task is left to chance here, so each task has a stream.
    replace("parallel", "dynamicClusterApply", function(cl = NULL, fun, n, argfun) {
      seeds <- vapply(seq_len(n), function(task) following(), 1L)
      seeded <- function(.seed, .function, .arguments) {
        set.seed(.seed)
        do.call(.function, .arguments, quote = TRUE)
      }
      environment(seeded) <- baseenv()
      original(cl, seeded, n, function(task) list(seeds[[task]], fun, argfun(task)))
    })
    threads <- suppressWarnings(as.integer(Sys.getenv("RESOW_THREADS", NA)))
    if (Sys.getenv("RESOW_PROFILE") == "portable" && !is.na(threads)) {
      replace("parallel", "detectCores", function(...) threads)
    }
    say("library", name = "parallel", version = paste(R.version$major, R.version$minor, sep = "."))
  }
  setHook(packageEvent("parallel", "onLoad"), function(...) {
    tryCatch(with_parallel(), error = function(error) {
      say("fault", what = "parallel", message = conditionMessage(error))
    })
  })

  set.seed(fold(seed))
  say("language", name = "r", version = paste(R.version$major, R.version$minor, sep = "."))
})

# In the global environment, and last: what fails in there fails as it would without this file.
# A profile that was named, even one that is not there or has no name, stands for those that R looks for by itself.
for (.resow_profile in if (is.na(Sys.getenv("RESOW_R_PROFILE", NA))) {
  c(".Rprofile", path.expand("~/.Rprofile"))
} else {
  path.expand(Sys.getenv("RESOW_R_PROFILE"))
}) {
  if (file.exists(.resow_profile)) {
    base::source(.resow_profile, local = globalenv(), keep.source = FALSE)
    break
  }
}
if (exists(".resow_profile", envir = globalenv(), inherits = FALSE)) rm(.resow_profile, envir = globalenv())
