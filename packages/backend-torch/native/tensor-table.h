// Tensors behind the integers that JavaScript holds.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <stdexcept>
#include <vector>

namespace kdx {

class TensorTable {
 public:
  /// 0 stands for the undefined tensor, which takes no slot.
  int32_t put(at::Tensor tensor) {
    if (!tensor.defined()) return 0;
    held_++;
    if (!free_.empty()) {
      const int32_t handle = free_.back();
      free_.pop_back();
      slots_[handle] = std::move(tensor);
      return handle;
    }
    slots_.push_back(std::move(tensor));
    return static_cast<int32_t>(slots_.size()) - 1;
  }

  const at::Tensor& at(int64_t handle) const {
    if (handle <= 0 || handle >= static_cast<int64_t>(slots_.size()) || !slots_[handle].defined()) {
      throw std::out_of_range("there is no tensor " + std::to_string(handle));
    }
    return slots_[handle];
  }

  void drop(int64_t handle) {
    at(handle);
    slots_[handle] = at::Tensor();
    free_.push_back(static_cast<int32_t>(handle));
    held_--;
  }

  size_t held() const { return held_; }

 private:
  std::vector<at::Tensor> slots_{1};
  std::vector<int32_t> free_;
  size_t held_ = 0;
};

}  // namespace kdx
