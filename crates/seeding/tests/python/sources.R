# Draws from every source of randomness that a script in R may use without a seed, and prints each draw.

report <- function(name, drawn) cat(name, format(unlist(drawn), digits = 15), "\n")

report("uniform", runif(3))
report("normal", rnorm(3))
report("sample", sample(100, 5))

library(parallel)
work <- function(task) {
  Sys.sleep(as.numeric(Sys.time()) %% 0.01)
  c(task, runif(2))
}
report("forked", mclapply(1:8, work, mc.cores = 3))
report("forked again", mclapply(1:8, work, mc.cores = 3))
report("forked one by one", mclapply(1:8, work, mc.cores = 3, mc.preschedule = FALSE))
report("parallel jobs", mccollect(list(mcparallel(runif(1)), mcparallel(runif(1)))))
for (type in c("PSOCK", "FORK")) {
  cluster <- makeCluster(3, type = type)
  report(paste(type, "cluster"), parLapply(cluster, 1:8, work))
  report(paste(type, "cluster, balanced"), parLapplyLB(cluster, 1:8, work, chunk.size = 1))
  report(paste(type, "cluster, names kept"), clusterApplyLB(cluster, 1:4, function(x, y) x + y + runif(1), y = 10))
  stopCluster(cluster)
}
report("after", runif(2))
