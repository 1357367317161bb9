#include "address_search.h"

#include <algorithm>

namespace codexray {

static constexpr uint64_t kFar = ~uint64_t{0};

AddressSearch::AddressSearch(std::vector<uint64_t> wanted) : wanted_(std::move(wanted)) {
  std::sort(wanted_.begin(), wanted_.end());
  wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
  slots_.resize(wanted_.size());
  points_.resize(wanted_.size() + 1);
  lowest_.resize(wanted_.size() + 1, kFar);
  highest_range_.resize(wanted_.size() + 1, 0);
  point_of_.resize(wanted_.size(), kNone);
}

size_t AddressSearch::FirstFrom(uint64_t address) const {
  return std::lower_bound(wanted_.begin(), wanted_.end(), address) - wanted_.begin();
}

void AddressSearch::Range(uint64_t start, uint64_t end, uint64_t name, uint8_t rank) {
  size_t i = FirstFrom(start);
  lowest_[i] = std::min(lowest_[i], start);
  highest_range_[i] = std::max(highest_range_[i], start);
  for (; i < wanted_.size() && wanted_[i] < end; i++) {
    Slot& slot = slots_[i];
    if (slot.end == 0 || start > slot.start || (start == slot.start && rank > slot.rank)) slot = {start, end, name, rank};
  }
}

size_t AddressSearch::Point(uint64_t start, uint64_t name, uint8_t rank) {
  size_t i = FirstFrom(start);
  lowest_[i] = std::min(lowest_[i], start);
  if (i == wanted_.size() && !wanted_.empty() && start > wanted_.back()) return kNone;
  Slot& point = points_[i];
  if (point.end != 0 && (start < point.start || (start == point.start && rank <= point.rank))) return kNone;
  point = {start, kFar, name, rank};
  return i;
}

void AddressSearch::Replace(uint64_t start, uint64_t end, uint64_t name) {
  for (size_t i = FirstFrom(start); i < wanted_.size() && wanted_[i] < end; i++) slots_[i] = {start, end, name, 0};
}

void AddressSearch::Finish(uint64_t limit) {
  // The next symbol above each wanted address ends the point below it.
  std::vector<uint64_t> next(wanted_.size(), kFar);
  uint64_t above = kFar;
  for (size_t i = wanted_.size(); i-- > 0;) {
    above = std::min(above, lowest_[i + 1]);
    next[i] = above;
  }
  size_t nearest = kNone;
  uint64_t range = 0;
  for (size_t i = 0; i < wanted_.size(); i++) {
    if (points_[i].end != 0) nearest = i;
    range = std::max(range, highest_range_[i]);
    // After a function of known size that does not hold the address comes padding, or what nobody named.
    if (slots_[i].end != 0 || nearest == kNone || points_[nearest].start < range) continue;
    slots_[i] = points_[nearest];
    slots_[i].end = std::min(next[i], limit);
    if (wanted_[i] >= slots_[i].end) slots_[i].end = 0;
    else point_of_[i] = nearest;
  }
}

}  // namespace codexray
