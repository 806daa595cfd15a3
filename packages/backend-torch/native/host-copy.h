// Copies between JavaScript's typed arrays and tensors.
#pragma once

#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include "node-values.h"

namespace kdx {

struct NamedType {
  const char* name;
  at::ScalarType type;
};

constexpr NamedType kTypes[] = {
    {"float32", at::kFloat},  {"int32", at::kInt},   {"bool", at::kBool},   {"bf16", at::kBFloat16},
    {"float64", at::kDouble}, {"int64", at::kLong},  {"uint8", at::kByte},  {"complex64", at::kComplexFloat},
};

inline at::ScalarType typeNamed(const std::string& name) {
  for (const auto& entry : kTypes) {
    if (name == entry.name) return entry.type;
  }
  throw std::invalid_argument("there is no element type " + name);
}

inline at::Device deviceAt(int64_t index) {
  return index < 0 ? at::Device(at::kCPU) : at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
}

/// A tensor of its own memory. Onto a device it goes through pinned memory, so that nothing waits for the copy.
inline at::Tensor fromHost(const HostMemory& host, const std::vector<int64_t>& shape, at::ScalarType type,
                           at::Device device) {
  c10::InferenceMode inference(true);
  const bool staged = !device.is_cpu();
  auto tensor = at::empty(shape, at::TensorOptions().dtype(type).pinned_memory(staged));
  if (tensor.nbytes() != host.bytes) {
    throw std::invalid_argument("the array holds " + std::to_string(host.bytes) + " bytes and the tensor " +
                                std::to_string(tensor.nbytes()));
  }
  if (host.bytes > 0) std::memcpy(tensor.data_ptr(), host.data, host.bytes);
  return staged ? tensor.to(device, /*non_blocking=*/true) : tensor;
}

/// The element type that a typed array of the host holds for a tensor's type.
inline at::ScalarType hostType(at::ScalarType type) {
  switch (type) {
    case at::kBool:
    case at::kByte:
    case at::kInt:
    case at::kComplexFloat:
      return type;
    case at::kLong:
      return at::kInt;
    default:
      return at::kFloat;
  }
}

/// A tensor's values on their way to the host.
class Download {
 public:
  explicit Download(const at::Tensor& source) {
    c10::InferenceMode inference(true);
    const auto dense = source.to(hostType(source.scalar_type())).contiguous();
    if (dense.device().is_cpu()) {
      values_ = dense;
      return;
    }
    values_ = at::empty(dense.sizes(), dense.options().device(at::kCPU).pinned_memory(true));
    values_.copy_(dense, /*non_blocking=*/true);
    const c10::impl::VirtualGuardImpl device(dense.device().type());
    arrival_ = std::make_unique<c10::Event>(dense.device().type());
    arrival_->record(device.getStream(dense.device()));
  }

  void wait() const {
    while (arrival_ && !arrival_->query()) std::this_thread::sleep_for(std::chrono::microseconds(20));
  }

  void into(const HostMemory& host) const {
    if (values_.nbytes() != host.bytes) {
      throw std::invalid_argument("the tensor holds " + std::to_string(values_.nbytes()) + " bytes and the array " +
                                  std::to_string(host.bytes));
    }
    if (host.bytes > 0) std::memcpy(host.data, values_.data_ptr(), host.bytes);
  }

 private:
  at::Tensor values_;
  std::unique_ptr<c10::Event> arrival_;
};

}  // namespace kdx
