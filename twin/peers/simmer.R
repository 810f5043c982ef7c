# The morning on simmer: days and CPU milliseconds a day, then the mean wait in seconds. Arguments: windows, slot, mtbf, the three lognormals
# (mu and sigma of service, label, repair), seed, first day, number of days; the patients a slot come last.
suppressMessages(library(simmer))
given <- as.numeric(commandArgs(TRUE))
windows <- given[1]; slot <- given[2]; mtbf <- given[3]
service <- given[4:5]; label <- given[6:7]; repair <- given[8:9]
seed <- given[10]; first <- given[11]; days <- given[12]; counts <- given[-(1:12)]

morning <- function(number) {
  set.seed(seed * 100003 + number)
  came <- rpois(length(counts), counts)
  arrivals <- sort(unlist(lapply(seq_along(came), function(k) (k - 1 + runif(came[k])) * slot)))
  patient <- trajectory() %>%
    seize("windows", 1) %>% timeout(function() rlnorm(1, service[1], service[2])) %>% release("windows", 1) %>%
    seize("label", 1) %>% timeout(function() rlnorm(1, label[1], label[2])) %>% release("label", 1)
  breakdown <- trajectory() %>%
    timeout(function() rexp(1, 1 / mtbf)) %>% seize("windows", 1) %>% seize("engineer", 1) %>%
    timeout(function() rlnorm(1, repair[1], repair[2])) %>% release("engineer", 1) %>% release("windows", 1) %>% rollback(6, Inf)
  simmer() %>%
    add_resource("windows", windows, mon = FALSE) %>% add_resource("label", 1, mon = FALSE) %>% add_resource("engineer", 1, mon = FALSE) %>%
    add_generator("patient", patient, at(arrivals), mon = 2) %>%
    add_generator("breakdown", breakdown, at(rep(0, windows)), priority = 10, mon = 0) %>%
    run(1.5 * slot * length(counts))
}

invisible(morning(first))
before <- proc.time()
waits <- sapply(first + seq_len(days) - 1, function(number) {
  seen <- get_mon_arrivals(morning(number), per_resource = TRUE)
  seen <- seen[seen$resource == "windows", ]
  mean(seen$end_time - seen$start_time - seen$activity_time)
})
spent <- proc.time() - before
cat(days, 1000 * (spent[1] + spent[2]) / days, mean(waits), "\n")
