# Classifies irises with a random forest and with a multinomial model fitted by a small network, on a random split.
#
# Writes both predictions, the network's coefficients and the forest's importances.

library(nnet)
library(randomForest)

held_out <- sample(nrow(iris), 50)
train <- iris[-held_out, ]
test <- iris[held_out, ]

forest <- randomForest(Species ~ ., data = train, ntree = 200)
network <- nnet(Species ~ ., data = train, size = 4, decay = 1e-3, maxit = 200, trace = FALSE)

predictions <- data.frame(
  flower = held_out,
  species = test$Species,
  forest = predict(forest, test),
  network = predict(network, test, type = "class")
)
cat(sprintf("accuracy of the forest: %.4f\n", mean(predictions$forest == predictions$species)))
cat(sprintf("accuracy of the network: %.4f\n", mean(predictions$network == predictions$species)))

exactly <- function(values) sprintf("%.17g", values)
dir.create("out", showWarnings = FALSE)
write.csv(predictions, "out/predictions.csv", row.names = FALSE, quote = FALSE)
coefficients <- coef(network)
write.csv(
  data.frame(name = names(coefficients), value = exactly(coefficients)),
  "out/coefficients.csv", row.names = FALSE, quote = FALSE
)
importances <- importance(forest)
write.csv(
  data.frame(name = rownames(importances), value = exactly(importances[, 1])),
  "out/importances.csv", row.names = FALSE, quote = FALSE
)
