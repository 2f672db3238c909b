"""Engine of branchcast: everything that is a pure function of a scenario, from document to forecast."""
